import { rolloutOf } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { rolloutFrom } from './stored-rollout';
import { targetField, targetText } from './stored-target';

const rollout = rolloutOf(rulesOf('new workloads=auth,api>auth\nwave one c01'));
const { targets, ...head } = rollout;
const fields = {
  head: JSON.stringify(head),
  [targetField('c01')]: targetText(targets.get('c01')!),
  ver: '1',
};

describe('a stored rollout', () => {
  it('is read as it was', () => {
    expect(rolloutFrom(fields)).toEqual(rollout);
    expect(rolloutFrom({ ver: '1' })).toBeUndefined();
  });

  it.each([
    ['no JSON', 'its head'],
    ['[]', 'its head'],
    [JSON.stringify({ ...head, waves: {} }), 'waves'],
    [JSON.stringify({ ...head, phase: 'Musing' }), 'phase'],
    [JSON.stringify({ ...head, spec: {} }), 'spec.waves'],
    [JSON.stringify({ ...head, cause: { source: null } }), 'cause.revisions'],
  ])('is refused with the part that has another form (%#)', (text, part) => {
    expect(() => rolloutFrom({ ...fields, head: text })).toThrow(`what it has as ${part} is not known here`);
  });

  it('is refused with a target of another form', () => {
    expect(() => rolloutFrom({ ...fields, [targetField('c01')]: '{"form":2}' })).toThrow(
      'target c01 is stored in form 2, this hub reads 1',
    );
  });
});
