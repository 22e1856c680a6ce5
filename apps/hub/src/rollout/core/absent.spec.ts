import { keyNamed, NEW, OLD, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { adopted, hasTold, isVacated } from './absent';
import type { ClusterNow, WorkloadNow } from './fleet-now';
import type { Target } from './model';

const rollout = rolloutOf(rulesOf('new absent=c02\nwave only c01..c02'));
const AWAY = rollout.targets.get('c02')!;
const VACATED: Partial<Target> = { phase: 'Skipped', reason: 'AlreadyCurrent' };

it.each<[string, Partial<Target>, boolean]>([
  ['was away and had nothing to restart', VACATED, true],
  ['was there and had nothing to restart', { ...VACATED, expected: NEW }, false],
  ['was away and was skipped by a person', { ...VACATED, reason: 'Skipped' }, false],
  ['is away', {}, false],
  ['was away and failed', { ...VACATED, phase: 'Failed' }, false],
])('a cluster that %s is free for what it tells later: %s', (_what, patch, expected) => {
  expect(isVacated(rollout, { ...AWAY, ...patch })).toBe(expected);
});

it('a rollout without a source has no clusters that were away', () => {
  const byHand = { ...rollout, cause: { ...rollout.cause, source: null } };
  expect(isVacated(byHand, { ...AWAY, ...VACATED })).toBe(false);
});

it.each<[string, Partial<ClusterNow>, boolean]>([
  ['after the rollout was made', { toldAt: START + 1 }, true],
  ['just when it was made', { toldAt: START }, false],
  ['never', { toldAt: null }, false],
  ['before it went away again', { toldAt: START + 1, connection: 'offline' }, false],
])('a cluster that told where it stands %s counts: %s', (_what, patch, expected) => {
  const now = { connection: 'online', toldAt: START, offlineSince: null, workloads: {}, ...patch } as ClusterNow;
  expect(hasTold(rollout, now)).toBe(expected);
});

it.each<[string, Partial<WorkloadNow>, string]>([
  ['is pending for the source', {}, 'Pending'],
  ['is pending, and its source is gone', { source: null }, 'Skipped'],
  ['is pending for something else', { had: NEW }, 'Skipped'],
  ['is not opted in', { ignored: true }, 'Skipped'],
  ['has nothing that it should run', { want: null }, 'Skipped'],
  ['runs what it should', { have: NEW }, 'Skipped'],
])('a cluster that is back with a workload that %s is %s', (_what, patch, phase) => {
  const web = { uid: 'uid-web', ignored: false, want: NEW, have: OLD, source: NEW, had: OLD, ...patch };
  const back = { connection: 'online', toldAt: START + 1, workloads: { [keyNamed('web')]: web } } as unknown;
  const taken = adopted(rollout, { ...AWAY, phase: 'Pending' }, back as ClusterNow, START + 2);
  expect([taken.phase, taken.expected]).toEqual([phase, phase === 'Pending' ? NEW : null]);
});

it('a cluster that is not back, or has not told, is waited for; one that was there all the time is no matter', () => {
  const quiet = { connection: 'online', toldAt: null, workloads: {} } as unknown as ClusterNow;
  for (const cluster of [undefined, quiet]) expect(adopted(rollout, AWAY, cluster, START)).toBe(AWAY);
  const there = rollout.targets.get('c01')!;
  const told = { ...quiet, toldAt: START + 1 };
  expect(adopted(rollout, there, told, START)).toBe(there);

  expect(adopted(rollout, { ...AWAY, phase: 'Failed' }, told, START).phase).toBe('Failed');
});
