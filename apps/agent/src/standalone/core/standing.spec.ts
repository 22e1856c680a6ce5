import type { WorkloadFact } from '@app/contracts/wire/facts';
import type { Pause } from '../../inventory/core/pause';
import type { RolloutStatus } from '../../inventory/core/rollout-status';
import { standingOf } from './standing';

const [OLD, NEW] = ['kaaaaaa:old', 'kaaaaaa:new'];
const CURRENT: WorkloadFact = {
  ...{ kind: 'Deployment', namespace: 'shop', name: 'db', uid: 'u', labels: {}, state: 'Current', reason: '' },
  ...{ message: '', want: NEW, have: NEW, proof: 'exact', sources: [], pods: { desired: 2, updated: 2, ready: 2 } },
};
const PENDING: WorkloadFact = { ...CURRENT, state: 'Pending', have: OLD };
const FAILED: WorkloadFact = { ...CURRENT, state: 'Failed', reason: 'CrashLoop' };

const ROLLED_OUT: RolloutStatus = {
  ...{ kind: 'Deployment', generation: 2, observed: 2, desired: 2, total: 2, updated: 2, ready: 2, available: 2 },
  ...{ partition: 0, oneRevision: true, onDelete: false, paused: false, suspended: false, manual: false, health: '' },
  ...{ end: null, deadlineExceeded: '', rolledAt: null },
};
const REPLACING = { updated: 1, total: 3 };
const UNWELL = { ready: 1, available: 1 };

type Row = readonly [string, WorkloadFact, Partial<RolloutStatus>, string];
const record = (status: Partial<RolloutStatus>, more: { stamp?: string | null; pause?: Pause } = {}) => ({
  ...{ stamp: NEW, pause: null, status: { ...ROLLED_OUT, ...status } },
  ...more,
});

it.each<Row>([
  ['nothing makes it restart', { ...CURRENT, state: 'Ignored', want: null, have: null }, {}, 'through'],
  ['it runs what it wants', CURRENT, {}, 'through'],
  ['its restart is due', PENDING, {}, 'open'],
  ['its restart waits for a turn', { ...PENDING, reason: 'RateLimit' }, {}, 'open'],
  ['its restart is under way', { ...CURRENT, state: 'Restarting' }, {}, 'open'],
  ['its restart is held back by a pause', { ...CURRENT, state: 'Restarting', reason: 'PausePeriod' }, {}, 'open'],
  ['its restart was refused', { ...PENDING, state: 'Failed', reason: 'PatchRejected' }, {}, 'failed'],
  ['it is pending and suspended', { ...PENDING, reason: 'Suspended' }, {}, 'through'],
  ['it asks for a pause nobody understands', { ...PENDING, reason: 'InvalidPausePeriod' }, {}, 'through'],
  ['its pods crash', FAILED, REPLACING, 'failed'],
  ['its pods crash, none of the old ones being left', FAILED, UNWELL, 'failed'],
  ['its controller gave up', FAILED, { ...REPLACING, deadlineExceeded: 'too late' }, 'failed'],
  ['it failed, and its pods run by now', FAILED, {}, 'through'],
  ['it failed, and is paused by its owner', FAILED, { ...REPLACING, paused: true }, 'through'],
  ['it has not been looked at by its controller', CURRENT, { observed: 1 }, 'open'],
  ['its pods are being replaced, although nobody here began it', CURRENT, REPLACING, 'open'],
  ['a pod of it is not well, long after its restart', CURRENT, UNWELL, 'through'],
  ['it waits for its owner to resume it', CURRENT, { ...REPLACING, paused: true }, 'through'],
  ['the Job that it is has failed', { ...FAILED, kind: 'Job' }, { kind: 'Job' }, 'through'],
  [
    'a StatefulSet has pods of two revisions',
    { ...CURRENT, kind: 'StatefulSet' },
    { kind: 'StatefulSet', ...UNWELL, oneRevision: false },
    'open',
  ],
])('%s', (_title, fact, status, standing) => {
  expect(standingOf(fact, record(status))).toBe(standing);
});

it('what somebody else rolls out was never restarted', () => {
  expect(standingOf(CURRENT, record(REPLACING, { stamp: null }))).toBe('through');
  const ignored: WorkloadFact = { ...CURRENT, state: 'Ignored', want: null, have: null };
  expect(standingOf(ignored, record(REPLACING, { stamp: null }))).toBe('through');
});

it('a pause of ours is not the wish of its owner', () => {
  const pause = { periodMs: 60_000, invalid: null, pausedAt: '2026-01-01T00:00:00Z' };
  expect(standingOf(CURRENT, record({ ...REPLACING, paused: true }, { pause }))).toBe('open');
});
