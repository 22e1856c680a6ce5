import { NEW, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { hasTold, isVacated } from './absent';
import type { ClusterNow } from './fleet-now';
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
