import { keyNamed, NEW, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { Target } from './model';
import { clusterOf, targetField, targetFrom, targetText } from './stored-target';

const planned = rolloutOf(rulesOf('new workloads=auth,api>auth\nwave one c01')).targets.get('c01')!;
const again = (target: Target): Target => targetFrom(target.cluster, targetText(target));

describe('what is stored of a target', () => {
  it('is little as long as nothing has become of it', () => {
    expect(again(planned)).toEqual(planned);
    expect(JSON.parse(targetText(planned))).toEqual({
      ...{ form: 1, wave: 'one', reason: 'Wave', message: planned.message, expected: NEW },
      restarts: [
        [keyNamed('auth'), 'uid-auth'],
        [keyNamed('api'), 'uid-api', null, { after: [keyNamed('auth')] }],
      ],
    });
  });

  it('is all that it differs by, also what a fresh one does not have', () => {
    const [auth, api] = planned.restarts;
    const done = { ...auth!, phase: 'Succeeded', revision: NEW, startedAt: START, finishedAt: START + 1 } as const;
    const held = { ...api!, after: [], held: { reason: 'Order', message: 'waits' }, failures: 2 };
    const target: Target = {
      ...{ ...planned, phase: 'Restarting', reason: '', message: '', expected: null, attempt: 2, dispatchedAt: START },
      ...{ permit: { sends: 1, sentAt: START, heardAt: null }, startBy: START, limited: null, restarts: [done, held] },
    };
    expect(again(target)).toEqual(target);
  });

  it('is found by its cluster, whatever that is called', () => {
    expect(['c01', 't:', 'head'].map((name) => clusterOf(targetField(name)))).toEqual(['c01', 't:', 'head']);
    expect(['head', 'ver', 'lastOp'].map(clusterOf)).toEqual([undefined, undefined, undefined]);
  });

  it('is refused in a form that this hub does not know', () => {
    const { form: _form, ...old } = JSON.parse(targetText(planned)) as Record<string, unknown>;
    for (const [stored, form] of [
      [old, 'undefined'],
      [{ ...old, form: 2 }, '2'],
    ] as const)
      expect(() => targetFrom('c01', JSON.stringify(stored))).toThrow(
        `target c01 is stored in form ${form}, this hub reads 1`,
      );
  });
});
