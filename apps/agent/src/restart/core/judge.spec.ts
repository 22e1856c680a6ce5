import type { Pause } from '../../inventory/core/pause';
import type { WorkloadLook } from '../../inventory/workbench.port';
import type { RolloutStatus } from '../../inventory/core/rollout-status';
import { type Guards, judge, type Verdict } from './judge';
import type { Carrier } from '../../inventory/core/mark';
import type { Order, PermitTerms } from './order';

const WANT = 'kaaaaaa:want';
const HAVE = 'kaaaaaa:have';
const NOW = Date.UTC(2026, 0, 1);

const STATUS: RolloutStatus = {
  kind: 'Deployment',
  generation: 1,
  observed: 1,
  desired: 2,
  total: 2,
  updated: 2,
  ready: 2,
  available: 2,
  partition: 0,
  oneRevision: true,
  onDelete: false,
  paused: false,
  suspended: false,
  manual: false,
  health: '',
  end: null,
  deadlineExceeded: '',
  rolledAt: null,
};

type Scene = Readonly<{
  look?: 'none';
  uid?: string;
  stamp?: string;
  want?: string;
  have?: string;
  ignored?: boolean;
  status?: Partial<RolloutStatus>;
  pause?: Pause;
  terms?: Partial<PermitTerms> | null;
  guards?: Partial<Guards>;
  /** The order is forced. */
  force?: true;
  /** The rollout that forced the last restart of it. */
  forced?: string;
  carrier?: Carrier;
}>;

function lookOf(scene: Scene): WorkloadLook | undefined {
  if (scene.look === 'none') return undefined;
  const reckoning = { want: scene.want ?? WANT, have: scene.have ?? HAVE };
  const record = {
    uid: scene.uid ?? 'u1',
    pause: scene.pause ?? null,
    stamp: scene.stamp ?? null,
    forced: scene.forced ?? null,
    carrier: scene.carrier ?? 'template',
    ref: { kind: 'Deployment', namespace: 'shop', name: 'app' },
    status: { ...STATUS, ...scene.status },
  };
  return { record, reckoning: scene.ignored ? null : reckoning, members: [] } as unknown as WorkloadLook;
}

function verdictOn(scene: Scene): Verdict {
  const terms = { fence: 5, hubEpoch: 2, notAfter: NOW + 1000, ...scene.terms };
  const order: Order = {
    id: 'p#1',
    permit: 'p',
    rollout: 'r',
    attempt: 1,
    workload: { kind: 'Deployment', namespace: 'shop', name: 'app' },
    uid: 'u1',
    toRevision: WANT,
    causes: [],
    progressDeadlineMs: 1000,
    ...(scene.force && { forced: scene.force }),
    terms: scene.terms === null ? null : terms,
  };
  return judge(order, lookOf(scene), {
    floor: 0,
    maxHubEpoch: 2,
    lastFence: 5,
    hubNow: NOW,
    forcedAllowed: true,
    ...scene.guards,
  });
}

const pausedByUs: Pause = { periodMs: 1000, invalid: null, pausedAt: '2026-01-01T00:00:00Z' };

const inShort = (verdict: Verdict): string =>
  verdict.do === 'answer' ? `${verdict.outcome} ${verdict.reason}` : verdict.do;

const CASES: readonly (readonly [title: string, scene: Scene, verdict: string])[] = [
  ['a pending workload', {}, 'patch'],
  ['an order of the agent itself', { terms: null, guards: { maxHubEpoch: 99, hubNow: NOW * 2, floor: 9 } }, 'patch'],
  ['a workload that is gone', { look: 'none' }, 'NOT_FOUND NotFound'],
  ['protocol 10: made anew', { uid: 'u2' }, 'SUPERSEDED_UID SupersededUid'],
  ['protocol 4, 6: patched already', { stamp: WANT, have: WANT }, 'follow'],
  ['patched already, and expired since', { stamp: WANT, have: WANT, guards: { hubNow: NOW + 5000 } }, 'follow'],
  ['patched already, and the content moved on', { stamp: WANT, have: WANT, want: 'kaaaaaa:next' }, 'follow'],
  ['stamped, but restarted since by someone on other content', { stamp: WANT }, 'patch'],
  ['in the last moment of its permit', { guards: { hubNow: NOW + 1000 } }, 'patch'],
  ['protocol 52: after notAfter', { guards: { hubNow: NOW + 1001 } }, 'EXPIRED Expired'],
  ['protocol 52: cancelled', { guards: { floor: 5 } }, 'REVOKED Revoked'],
  ['a later fence than the cancelled one', { guards: { floor: 4 } }, 'patch'],
  ['protocol 52: of an older hub epoch', { guards: { maxHubEpoch: 3 } }, 'FENCED OldHubEpoch'],
  ['protocol 8, rollouts 37: the content moved on', { want: 'kaaaaaa:next' }, 'STALE_REVISION StaleRevision'],
  [
    'protocol 50: a revision that nobody reported',
    { want: 'kaaaaaa:x', have: 'kaaaaaa:x' },
    'STALE_REVISION StaleRevision',
  ],
  ['opted out since', { ignored: true }, 'STALE_REVISION NotOptedIn'],
  ['an earlier attempt than the last one', { guards: { lastFence: 6 } }, 'FENCED OldFence'],
  ['current without a restart of ours', { have: WANT }, 'SKIPPED AlreadyCurrent'],
  ['forced: what is current', { force: true, stamp: WANT, have: WANT }, 'patch'],
  ['forced: what is pending', { force: true }, 'patch'],
  ['forced: made by this rollout already', { force: true, stamp: WANT, have: WANT, forced: 'r' }, 'follow'],
  ['forced: made after an earlier forced one', { force: true, stamp: WANT, have: WANT, forced: 'q' }, 'patch'],
  ['forced: but a later one was', { force: true, stamp: WANT, have: WANT, forced: 's' }, 'SKIPPED ForcedSince'],
  [
    'forced: without consent',
    { force: true, have: WANT, guards: { forcedAllowed: false } },
    'LOCALLY_DENIED ForcedNotAllowed',
  ],
  [
    'forced: made already, though the consent is gone',
    { force: true, have: WANT, stamp: WANT, forced: 'r', guards: { forcedAllowed: false } },
    'follow',
  ],
  ['forced: to a revision that nobody reported', { force: true, want: 'kaaaaaa:x' }, 'STALE_REVISION StaleRevision'],
  ['forced: after notAfter', { force: true, have: WANT, guards: { hubNow: NOW + 1001 } }, 'EXPIRED Expired'],
  ['forced: not opted in', { force: true, ignored: true }, 'STALE_REVISION NotOptedIn'],
  ['forced: pending where nothing keeps its record', { force: true, carrier: 'elsewhere' }, 'patch'],
  [
    'forced: current where nothing keeps its record',
    { force: true, have: WANT, carrier: 'elsewhere' },
    'SKIPPED ForcedNotSupported',
  ],
  ['rollouts 86: OnDelete', { status: { kind: 'StatefulSet', onDelete: true } }, 'SKIPPED OnDelete'],
  ['rollouts 86: paused', { status: { paused: true } }, 'SKIPPED PausedWorkload'],
  ['rollouts 86: no replicas', { status: { desired: 0 } }, 'SKIPPED ScaledToZero'],
  ['agent 166: paused, without a hub', { terms: null, status: { paused: true } }, 'patch'],
  ['OnDelete, without a hub', { terms: null, status: { kind: 'StatefulSet', onDelete: true } }, 'patch'],
  [
    'rolled out by a person only, without a hub',
    { terms: null, status: { kind: 'DeploymentConfig', manual: true } },
    'patch',
  ],
  ['no replicas, without a hub', { terms: null, status: { desired: 0 } }, 'patch'],
  [
    'a suspended CronJob, without a hub',
    { terms: null, status: { kind: 'CronJob', suspended: true } },
    'SKIPPED Suspended',
  ],
  ['agent 165: paused by an earlier restart', { status: { paused: true }, pause: pausedByUs }, 'patch'],
  [
    'agent 168: a pause period that is none',
    { terms: null, pause: { ...pausedByUs, invalid: 'soon' } },
    'SKIPPED InvalidPausePeriod',
  ],
  ['rollouts 86: a partition does not matter yet', { status: { kind: 'StatefulSet', partition: 2 } }, 'patch'],
  ['a DaemonSet without nodes', { status: { kind: 'DaemonSet', desired: 0 } }, 'patch'],
];

describe('verdict on', () => {
  it.each(CASES)('%s', (_title, scene, verdict) => {
    expect(inShort(verdictOn(scene))).toBe(verdict);
  });

  it('a workload without replicas counts it as current, and no other', () => {
    const settled = CASES.map(([, scene]) => verdictOn(scene)).filter(
      (verdict) => 'settle' in verdict && verdict.settle,
    );
    expect(settled.map(inShort)).toEqual(['SKIPPED ScaledToZero']);
  });

  it('a cancelled permit names the fence up to which all are', () => {
    const message = 'permits of rollout r up to fence 7 were cancelled';
    expect(verdictOn({ guards: { floor: 7 } })).toMatchObject({ message });
  });

  it('every refusal says why in a sentence', () => {
    for (const [, scene] of CASES) {
      const verdict = verdictOn(scene);
      if (verdict.do === 'answer') expect(verdict.message).toMatch(/\w+ \w+/);
    }
  });
});
