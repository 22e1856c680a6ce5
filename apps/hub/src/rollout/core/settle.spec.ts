import { NEW, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { Restart, Stop, Target } from './model';
import { settle, stopTarget } from './settle';

const rollout = rolloutOf(rulesOf('new workloads=web,api,job\nwave only c01'));
const TARGET: Target = { ...rollout.targets.get('c01')!, phase: 'Restarting', attempt: 1 };
const KEYS = TARGET.restarts.map(({ workload }) => `Deployment/shop/${workload.name}`);
const [WEB = '', API = ''] = KEYS;

/** The target with these restarts, its first ones. */
const having = (restarts: readonly Partial<Restart>[], more: Partial<Target> = {}): Target => ({
  ...{ ...TARGET, ...more },
  restarts: TARGET.restarts.slice(0, restarts.length).map((restart, at) => ({ ...restart, ...restarts[at] })),
});
const stopBy = (phase: Stop['phase']): Partial<Target> => ({ stop: { phase, reason: 'Told', message: 'by ann' } });
const DONE: Partial<Restart> = { phase: 'Succeeded', revision: NEW };
const FAILED: Partial<Restart> = { phase: 'Failed', reason: 'CrashLoop', message: 'exit 3', revision: NEW };
const skipped = (reason: string, message = ''): Partial<Restart> => ({ phase: 'Skipped', reason, message });

describe('a target of which nothing is left', () => {
  it.each<[string, readonly Partial<Restart>[], Partial<Target>, [string, string, string]]>([
    ['all went well', [DONE, DONE], {}, ['Succeeded', '', '']],
    [
      'one with a remark',
      [DONE, { ...DONE, reason: 'Late', message: 'slow' }],
      {},
      ['Succeeded', 'Late', `${API}: slow`],
    ],
    ['one was skipped', [skipped('Gone'), DONE], {}, ['Succeeded', '', '']],
    ['one failed', [DONE, FAILED], {}, ['Failed', 'CrashLoop', `${API}: exit 3`]],
    [
      'one failed, and one before it in the list waited for it',
      [{ phase: 'Failed', reason: 'PredecessorFailed', message: 'not started' }, FAILED],
      {},
      ['Failed', 'CrashLoop', `${API}: exit 3`],
    ],
    ['one failed without a word', [{ ...FAILED, message: '' }], {}, ['Failed', 'CrashLoop', WEB]],
    ['there was none', [], {}, ['Skipped', 'NotApplicable', 'no workload of this cluster is concerned']],
    ['all are gone', [skipped('Gone', 'x'), skipped('Gone', 'y')], {}, ['Skipped', 'Gone', 'x']],
    [
      'some are gone, some current',
      [skipped('Gone', 'x'), skipped('AlreadyCurrent')],
      {},
      ['Skipped', 'AlreadyCurrent', `nothing to restart: ${WEB}: x; ${API}`],
    ],
    [
      'some are gone, some can not be restarted',
      [skipped('Gone', 'x'), skipped('OnDelete', 'y')],
      {},
      ['Skipped', 'NotApplicable', `nothing to restart: ${WEB}: x; ${API}: y`],
    ],
    ['a stop ended one', [DONE, skipped('Told')], stopBy('Cancelled'), ['Cancelled', 'Told', 'by ann']],
    ['a stop came too late to end one', [DONE, DONE], stopBy('Cancelled'), ['Succeeded', '', '']],
    [
      'one failed and a stop ended another',
      [FAILED, skipped('Told')],
      stopBy('Cancelled'),
      ['Failed', 'CrashLoop', `${WEB}: exit 3`],
    ],
    ['one failed and a person skipped the cluster', [FAILED], stopBy('Skipped'), ['Skipped', 'Told', 'by ann']],
  ])('%s', (_what, restarts, more, [phase, reason, message]) => {
    expect(settle(having(restarts, { ...more, until: START, lostAt: START }), START + 1)).toMatchObject({
      ...{ phase, reason, message, until: null, lostAt: null, finishedAt: START + 1 },
    });
  });

  it('is left alone once it is over', () => {
    const over = having([FAILED], { phase: 'Cancelled' });
    expect(settle(over, START)).toBe(over);
  });
});

describe('a target of which something is left', () => {
  it('fails what waits for what failed, and what waits for that, and nothing else', () => {
    const permitted = { phase: 'RollingOut', revision: NEW, after: [WEB] } as const;
    const chain = having([FAILED, { after: [WEB] }, { after: [API] }]);
    expect(settle(chain, START).restarts.map(({ reason, message }) => [reason, message])).toEqual([
      ['CrashLoop', 'exit 3'],
      ['PredecessorFailed', `not started: ${WEB}, which it waits for, failed`],
      ['PredecessorFailed', `not started: ${API}, which it waits for, failed`],
    ]);
    const begun = settle(having([FAILED, permitted, { after: [API] }]), START);
    expect(begun.restarts.map(({ phase }) => phase)).toEqual(['Failed', 'RollingOut', 'Pending']);
    expect(begun.phase).toBe('Restarting');
  });

  it('goes back to its place when nothing of it is in flight, and says why', () => {
    const rest = settle(having([DONE, { after: [WEB] }]), START);
    expect(rest).toMatchObject({ phase: 'Pending', reason: 'Order', finishedAt: null });
    const refused = settle(having([DONE, {}, { reason: 'Fenced', message: 'newer' }]), START);
    expect(refused).toMatchObject({ phase: 'Pending', reason: 'Fenced', message: 'newer' });
    const told = { ...DONE, reason: 'Late' };
    expect(settle(having([told, {}]), START).reason).toBe('Order');
    const waiting = having([DONE, {}], { phase: 'Blocked' });
    expect(settle(waiting, START)).toBe(waiting);
  });
});

describe('a target that is to stop', () => {
  const [first, second] = ['ann', 'bob'].map((who): Stop => ({
    phase: 'Cancelled',
    reason: 'Cancelled',
    message: `cancelled by ${who}`,
  })) as [Stop, Stop];

  it('is told so once, when it is in flight', () => {
    const stopped = stopTarget(TARGET, first, START);
    expect(stopped).toMatchObject({ stop: first, permit: { sends: 1, sentAt: START } });
    expect(stopTarget(stopped, second, START + 1)).toBe(stopped);
    expect(stopTarget({ ...TARGET, phase: 'Pending' }, first, START)).not.toHaveProperty('permit');
  });

  it('is left as it is once it is over', () => {
    const over: Target = { ...TARGET, phase: 'Succeeded' };
    expect(stopTarget(over, first, START)).toBe(over);
  });
});
