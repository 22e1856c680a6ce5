import { keyNamed, MINUTE, NEW, OLD, policyOf, rolloutOf, START } from '@test/rollout/fixtures';
import { FleetFacts } from '@test/rollout/fleet';
import { rulesOf } from '@test/rollout/scenario-text';
import type { ClusterNow } from './fleet-now';
import { observe } from './health';
import type { Restart, Stop, Target } from './model';

const rules = rulesOf('new workloads=web,api lost=20m\nwave only c01');
const spec = policyOf(rules);
const here = new FleetFacts(['c01'], ['web', 'api']).of('c01');
const [AT, AWAY] = [
  START + 10 * MINUTE,
  { ...here, connection: 'offline', offlineSince: START + MINUTE } as ClusterNow,
];
const planned = rolloutOf(rules).targets.get('c01')!;
const sent: Target = {
  ...{ ...planned, phase: 'Restarting', reason: '', message: '', attempt: 1, dispatchedAt: START },
  permit: { sends: 1, sentAt: START, heardAt: START + 1 },
  restarts: planned.restarts.map((restart) => ({ ...restart, revision: NEW })),
};
const stop: Stop = { phase: 'Cancelled', reason: 'ByUser', message: '' };

describe('a target in flight whose cluster is out of reach', () => {
  it.each<[string, Partial<ClusterNow>, Partial<Target>, number]>([
    ['went away', {}, {}, START + MINUTE],
    ['was sent something, when that was later', {}, { dispatchedAt: START + 2 * MINUTE }, START + 2 * MINUTE],
    ['is seen to be away, where nobody knows since when', { offlineSince: null }, {}, AT],
    ['was lost before', {}, { lostAt: START + 5 }, START + 5],
  ])('keeps its slot, and is lost since it %s', (_what, cluster, target, lostAt) => {
    const seen = observe({ ...sent, ...target }, { ...AWAY, ...cluster }, { at: AT, spec });
    expect(seen).toMatchObject({ phase: 'Unknown', reason: 'LostContact', lostAt, until: lostAt + 20 * MINUTE });
  });

  it('fails once that has lasted too long', () => {
    const at = START + 21 * MINUTE;
    expect(observe(sent, AWAY, { at: at - 1, spec }).phase).toBe('Unknown');
    expect(observe(sent, AWAY, { at, spec })).toMatchObject({ phase: 'Failed', reason: 'LostContact' });
  });

  it.each<[string, Partial<Target>, readonly Partial<Restart>[], string]>([
    ['is sent everything again', {}, [{ phase: 'Patching' }, {}], 'Dispatched'],
    ['goes on with what has begun, where it is being stopped', { stop }, [{ phase: 'Patching' }, {}], 'Restarting'],
    ['takes up the stop, where nothing had begun', { stop }, [{}, {}], 'Acked'],
    ['takes up the stop, where what had begun is over', { stop }, [{ phase: 'Succeeded' }, {}], 'Acked'],
  ])('back it %s', (_what, more, patches, phase) => {
    const restarts = sent.restarts.map((restart, at) => ({ ...restart, ...patches[at] }));
    const lost: Target = { ...sent, ...more, restarts, phase: 'Unknown', reason: 'LostContact', lostAt: START };
    const back = observe(lost, here, { at: AT, spec });
    expect(back).toMatchObject({ phase, reason: '', lostAt: null, dispatchedAt: AT, permit: { sends: 2 } });
  });
});

describe('a target whose cluster leaves the fleet', () => {
  const gone: ClusterNow = { ...here, connection: 'left' };
  const leaving = (leavers: 'skip' | 'fail', ...phases: readonly Restart['phase'][]) => {
    const restarts = sent.restarts.map((restart, at) => ({ ...restart, phase: phases[at] ?? 'Pending' }));
    const left = observe({ ...sent, restarts }, gone, { at: AT, spec: { ...spec, leavers } });
    return [`${left.phase} ${left.reason}`, ...left.restarts.map(({ phase, reason }) => `${phase} ${reason}`)];
  };

  it.each<[string, 'skip' | 'fail', readonly Restart['phase'][], readonly string[]]>([
    ['is skipped', 'skip', ['RollingOut'], ['Skipped Left', 'Skipped Left', 'Skipped Left']],
    ['is skipped, whatever of it was through', 'skip', ['Succeeded'], ['Skipped Left', 'Succeeded ', 'Skipped Left']],
    ['has failed where the policy says so', 'fail', ['Succeeded'], ['Failed Left', 'Succeeded ', 'Failed Left']],
  ])('%s', (_what, leavers, phases, expected) => {
    expect(leaving(leavers, ...phases)).toEqual(expected);
  });
});

describe('a target that is being stopped while its cluster is out of reach', () => {
  const stopped = (heardAt: number | null, phase: Target['phase'] = 'Unknown') =>
    observe(
      { ...sent, stop, phase, dispatchedAt: AT - 2, permit: { sends: 2, sentAt: AT - 1, heardAt } },
      { ...AWAY, offlineSince: AT },
      { at: AT, spec },
    ).phase;

  it('ends where its agent never said that it took the permits, else that is waited for', () => {
    expect([null, AT - 3, AT - 2, AT - 1].map((heardAt) => stopped(heardAt))).toEqual([
      ...['Cancelled', 'Cancelled', 'Cancelled'],
      'Unknown',
    ]);
  });
});

describe('a deferred target', () => {
  const deferred = (reason: string): Target => ({ ...planned, phase: 'Deferred', reason, until: AT, expected: NEW });
  const seeing = (...sources: readonly string[]): ClusterNow => ({
    ...here,
    workloads: Object.fromEntries(
      ['web', 'api'].map((name, n) => [
        keyNamed(name),
        { ...here.workloads[keyNamed(name)]!, source: sources[n] ?? '' },
      ]),
    ),
  });

  const API = keyNamed('api');
  const withoutApi = ({ workloads: { [API]: _api, ...workloads }, ...now }: ClusterNow): ClusterNow => ({
    ...now,
    workloads,
  });
  const ignoringApi = (now: ClusterNow): ClusterNow => ({
    ...now,
    workloads: { ...now.workloads, [API]: { ...now.workloads[API]!, ignored: true } },
  });

  it.each<[string, string, ClusterNow, string]>([
    ['its cluster is back', 'Offline', here, 'Returned'],
    ['its cluster is still away', 'Offline', AWAY, 'Offline'],
    ['the revision has come to all its workloads', 'SourceNotArrived', seeing(NEW, NEW), 'Returned'],
    ['the revision has come to some', 'SourceNotArrived', seeing(NEW, OLD), 'SourceNotArrived'],
    ['what does not see the revision is gone', 'SourceNotArrived', withoutApi(seeing(NEW)), 'Returned'],
    ['what does not see the revision is ignored', 'SourceNotArrived', ignoringApi(seeing(NEW, OLD)), 'Returned'],
    ['its agent is newer now', 'AgentTooOld', here, 'Returned'],
  ])('where %s', (_what, reason, cluster, after) => {
    expect(observe(deferred(reason), cluster, { at: AT - 1, spec }).reason).toBe(after);
  });

  it.each([
    ['Offline', 'off line'],
    ['SourceNotArrived', 'without the expected revision of the source'],
    ['AgentTooOld', 'with an agent that is too old'],
  ])('for %s fails when its time is over: %s', (reason, text) => {
    expect(observe(deferred(reason), AWAY, { at: AT, spec })).toMatchObject({
      ...{ phase: 'Failed', reason },
      message: expect.stringContaining(`${text} until 2027-01-01T00:10:00.000Z, longer than deferral lasts`) as string,
    });
  });
});
