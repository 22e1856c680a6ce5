import { rolloutOf } from '@test/rollout/fixtures';
import type { Rollout } from '../../rollout/core/model';
import { bodyOf, noticesOf, signedText } from './notice';

const AT = Date.UTC(2027, 0, 1, 12);

function rollout(phase: Rollout['phase'], more: Partial<Rollout> = {}, haltWebhooks?: readonly string[]): Rollout {
  const wave = { name: 'only', clusters: ['c01'], after: [], concurrency: { count: 1 }, soakMs: 0 };
  const made = rolloutOf({
    waves: [{ ...wave, failures: { count: 0, percent: 0 }, exposure: 'unbounded' }],
    ...{ workloads: ['web'], onFailure: 'halt', maxFailures: null, start: 'auto', maxDeferred: { percent: 10 } },
    target: { ackDeadlineMs: 60_000, progressDeadlineMs: 600_000, lostAfterMs: 600_000 },
    ...{ graceMs: 300_000, deferTtlMs: 3_600_000 },
  });
  const targets = made.targets.with(made.targets.all().map((target) => ({ ...target, phase: 'Failed' })));
  const spec = { ...made.spec, ...(haltWebhooks && { haltWebhooks }) };
  return { ...made, targets, spec, phase, reason: 'FailureLimit', message: 'too many failed', ...more };
}
const TWO = ['pager', 'chat'];

describe('what is told of a halt', () => {
  it('is told once when it begins, to everyone whom the policy names', () => {
    const halted = rollout('Halted', {}, TWO);
    const notices = noticesOf(rollout('Running', {}, TWO), halted, AT);
    expect(notices.map(({ receiver, at, tries }) => [receiver, at, tries])).toEqual([
      ['pager', AT, 0],
      ['chat', AT, 0],
    ]);
    expect(noticesOf(halted, rollout('Halted', { message: 'more failed' }, TWO), AT + 1)).toEqual([]);
    expect(noticesOf(halted, rollout('Running', {}, TWO), AT + 1)).toEqual([]);
    expect(noticesOf(rollout('Queued', {}, TWO), rollout('Running', {}, TWO), AT)).toEqual([]);
    expect(noticesOf(rollout('Running'), rollout('Halted'), AT)).toEqual([]);
  });

  it('has an id of its own for each halt and receiver, which a signature can be made over', () => {
    const halts = [AT, AT + 60_000].flatMap((at) => noticesOf(rollout('Running'), rollout('Halted', {}, TWO), at));
    const ids = halts.map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(ids.filter((id) => !/^[\w-]+$/.test(id))).toEqual([]);
  });

  it('says which rollout, why, and what a person can do', () => {
    const [notice] = noticesOf(rollout('Running'), rollout('Halted', {}, ['pager']), AT);
    const { rollout: id, policy, source } = notice!;
    expect(JSON.parse(bodyOf(notice!, 'https://hub.example'))).toEqual({
      type: 'rollout.halted',
      timestamp: '2027-01-01T12:00:00.000Z',
      data: {
        ...{ rollout: id, policy, source, phase: 'Halted', reason: 'FailureLimit', message: 'too many failed' },
        allowed: ['retry', 'resume', 'skip', 'cancel', 'replan'],
        url: `https://hub.example/api/v1/rollouts/${id}`,
      },
    });
    expect(JSON.parse(bodyOf(notice!, null))).toMatchObject({ data: { url: null } });
  });

  it('names the sources that changed, where a group of them did', () => {
    const { cause } = rollout('Halted');
    const sources = ['db', 'mail'].map((name) => ({ kind: 'Secret', namespace: 'shop', name }) as const);
    const revisions = sources.map((source) => ({ cluster: 'c01', source, from: null, to: null }));
    const group = { ...cause, source: null, group: { label: 'team', value: 'shop' }, revisions };
    const [notice] = noticesOf(null, rollout('Halted', { cause: group }, ['pager']), AT);
    expect(notice).toMatchObject({ source: null, sources });
    expect(noticesOf(null, rollout('Halted', {}, ['pager']), AT)[0]).not.toHaveProperty('sources');
  });

  it('stays small, however long the sentence', () => {
    const [notice] = noticesOf(null, rollout('Halted', { message: 'x'.repeat(50_000) }, ['pager']), AT);
    expect(bodyOf(notice!, 'https://hub.example').length).toBeLessThan(2000);
    expect(notice?.message).toBe(`${'x'.repeat(999)}…`);
    const [whole] = noticesOf(null, rollout('Halted', { message: 'x'.repeat(1000) }, ['pager']), AT);
    expect(whole?.message).toBe('x'.repeat(1000));
  });

  it('is signed with its id and its time', () => {
    expect(signedText({ id: 'a', timestamp: 5, body: '{}' })).toBe('a.5.{}');
  });
});
