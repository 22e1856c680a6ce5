import type { SourceRef, WorkloadRef } from '@app/contracts/objects';
import type { RestartPhase, RolloutPhase, TargetPhase, WavePhase } from '@app/contracts/phases';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import type { Revision } from '@app/contracts/revision';
import type { Outcome } from '@app/contracts/wire/agent-messages';
import type { Gate } from './gate';
import type { SourceGroup } from './source-group';
import type { Targets } from './targets';
import type { Refusal } from '../../limits/core/refusal';

/** Epoch milliseconds on the store's clock; always handed in. */
export type Instant = number;

/** Why something is as it is: a stable code, and a sentence for people. Both empty when there is nothing to explain. */
export type Why = Readonly<{ reason: string; message: string }>;

export type Restart = Readonly<
  Why & {
    workload: WorkloadRef;
    uid: string;
    /** Keys of workloads of this target that must be through before this one starts. */
    after: readonly string[];
    phase: RestartPhase;
    /** The workload revision that the permit names; null before the first dispatch. */
    revision: Revision | null;
    startedAt: Instant | null;
    finishedAt: Instant | null;
    /** Rules of the policy over the fleet: for which it comes first, and after whose first ones it comes; absent: none. */
    fleet?: Readonly<{ first: readonly number[]; after: readonly number[] }>;
    /** What it waits for by those rules, as of the last look; absent: nothing. */
    held?: Why;
    /** Tries in a row that failed and were not the last; absent: none. */
    failures?: number;
    /** It was seen through with this many pods, all that it wanted; absent: not known, or nobody will ask. */
    pods?: number;
  }
>;

/** One cluster in one rollout. */
export type Target = Readonly<
  Why & {
    cluster: string;
    wave: string;
    phase: TargetPhase;
    /** When the wait ends by itself; null: not known. */
    until: Instant | null;
    /** While it waits for a window: when that closes again; null: not known. */
    closes?: Instant | null;
    /** 0 before the first dispatch; rises with each retry, never with a repeat of the same permit. */
    attempt: number;
    /**
     * Revision of the source that this target is to bring to its workloads, frozen when the target was made. null: its
     * cluster was out of reach then, and says itself when it is back.
     */
    expected: Revision | null;
    dispatchedAt: Instant | null;
    /** Since when its agent is out of reach while work is in flight. */
    lostAt: Instant | null;
    finishedAt: Instant | null;
    restarts: readonly Restart[];
    /** How the talk with the agent about the current permit goes; absent before the first dispatch. */
    permit?: Permitting;
    /** An agent refused: no permit of a new attempt before this instant. Absent while nothing waits for a new attempt. */
    refusedUntil?: Instant;
    /** The permits under way are void from this instant on: a window that stops what has not begun ends then. */
    startBy?: Instant | null;
    /** While it is in flight: what its other workloads wait for that could begin. Absent or null: nothing. */
    limited?: Refusal | null;
    /** Nothing new starts here; once what has begun is through, the target ends in this phase. */
    stop?: Stop;
  }
>;

/** `sends` counts permits and revocations sent, so that each has its own effect key; `heardAt` is the agent's last news. */
type Permitting = Readonly<{ sends: number; sentAt: Instant; heardAt: Instant | null }>;

export type Stop = Readonly<Why & { phase: 'Cancelled' | 'Superseded' | 'Skipped' }>;

/** Where a wave stands in its ramp: targets start in batches, and the next batch when all of this one are through. */
export type RampState = Readonly<{
  start: number;
  factor: number;
  /** Of the batch under way. */
  size: number;
  /** Its clusters, as far as they have started. */
  batch: readonly string[];
}>;

export type Wave = Readonly<
  Why & {
    name: string;
    phase: WavePhase;
    dependsOn: readonly string[];
    /** Resolved against the planned targets when the wave starts; before that, against the plan. */
    maxConcurrency: number;
    maxFailures: number;
    failureExposure: 'bounded' | 'unbounded';
    soakMs: number;
    soakUntil: Instant | null;
    /** Absent: it has none. */
    gates?: readonly Gate[];
    /**
     * A restarted workload was not ready any more, and whether people let that go; absent: none. `at`: when that was seen
     * last, and once it is no longer so (`lasts` is absent) when that was seen.
     */
    regressed?: Readonly<{ at: Instant; text: string; accepted: boolean; lasts?: true }>;
    /** Absent: targets start as slots get free. */
    ramp?: RampState;
    startedAt: Instant | null;
    finishedAt: Instant | null;
    /** Clusters in the order in which they are dispatched. */
    clusters: readonly string[];
  }
>;

/** Workloads that a person named, whatever made them pending. `digest` tells one such wish from another. */
export type Asked = Readonly<{ workloads: readonly WorkloadRef[]; force: boolean; digest: string }>;

export type Cause = Readonly<{
  /** null: `group` or `asked` says what is restarted. */
  source: SourceRef | null;
  /** Several sources, carried together. What a target expects is a text of all their revisions then. */
  group?: SourceGroup;
  asked?: Asked;
  trigger: 'change' | 'manual';
  actor: string | null;
  reason: string | null;
  /** Per cluster, and of a group per source: what it held before and holds now. */
  revisions: readonly Readonly<{ cluster: string; source?: SourceRef; from: Revision | null; to: Revision | null }>[];
}>;

export type Rollout = Readonly<
  Why & {
    id: string;
    policy: Readonly<{ name: string; version: number }>;
    /** Frozen with the rollout. */
    spec: ResolvedPolicy;
    cause: Cause;
    phase: RolloutPhase;
    planHash: string;
    /** A number that grows over all rollouts of the hub; orders the permits for one workload. */
    lineage: number;
    /** Rollouts of the same source in a row that were superseded before this one; absent: none. */
    chain?: number;
    supersededBy: string | null;
    waves: readonly Wave[];
    /** By cluster name. */
    targets: Targets<Target>;
    /** Who started it when it was a draft. */
    starter?: string;
    /** Failures that an operator accepted by `resume {acceptFailures}`; they no longer count. */
    acceptedFailures: readonly string[];
    /** Steps of the clock that its timers were moved along with; absent: none. */
    clock?: Readonly<{ steps: number; totalMs: number }>;
    /** Absent: it is not halted. */
    haltedAt?: Instant;
    createdAt: Instant;
    startedAt: Instant | null;
    finishedAt: Instant | null;
  }
>;

type By = Readonly<{ actor: string; why: string }>;

export type RolloutEvent = Readonly<
  { at: Instant } & (
    | { type: 'woken' }
    | ({ type: 'started' } & By)
    | ({ type: 'paused' } & By)
    | ({ type: 'resumed'; acceptFailures: boolean } & By)
    | ({ type: 'cancelled' } & By)
    | ({ type: 'retried' } & By)
    | ({ type: 'skipped'; wave: string | null; cluster: string | null } & By)
    | ({ type: 'approved' | 'rejected'; gate: string } & By)
    | { type: 'superseded'; by: string; anew?: boolean }
    | { type: 'joined'; targets: readonly Target[] }
    | { type: 'acked'; cluster: string; attempt: number }
    | {
        type: 'progressed';
        cluster: string;
        attempt: number;
        workload: string;
        phase: 'Patching' | 'RollingOut' | 'Available';
        message: string;
      }
    | {
        type: 'reported';
        cluster: string;
        attempt: number;
        /** Object key of the workload. */
        workload: string;
        outcome: Outcome;
        reason: string;
        message: string;
        revision: Revision;
        startedAt: Instant | null;
        /** Pods that the workload wanted then; absent: not known. */
        pods?: number;
      }
  )
>;

/** What the engine wants done. Keys are the same whenever the same thing is wanted again. */
export type Effect = Readonly<
  { key: string } & (
    | { type: 'dispatch'; cluster: string; attempt: number }
    | { type: 'revoke'; cluster: string; fence: number }
    | {
        type: 'announce';
        subject: 'rollout' | 'wave' | 'target' | 'gate';
        name: string;
        phase: string;
        reason: string;
        message: string;
      }
  )
>;

export type Step = Readonly<{
  rollout: Rollout;
  /** Targets that are not what they were before. */
  changed: readonly Target[];
  effects: readonly Effect[];
  /** When to ask again at the latest; null only in a terminal phase. */
  wakeAt: Instant | null;
}>;

/** Orders permits: a newer rollout above an older one, a later attempt above an earlier one. */
export const fenceOf = (rollout: Pick<Rollout, 'lineage'>, attempt: number): number => rollout.lineage * 1000 + attempt;

/** The id of the permit for one restart of one attempt. */
export const permitIdOf = (rollout: string, attempt: number, workload: string): string =>
  `${rollout}.${attempt}.${workload}`;
