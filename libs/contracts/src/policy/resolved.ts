import type { Amount, FailureLimit } from './amounts';
import type { Approver } from './approvers';
import type { GateTime } from './gate-time';
import type { ResolvedLimits } from './limits';
import type { Flap, Ramp, Retry, Supersede } from './rules';
import type { SourceKind, WorkloadKind } from '../objects';
import type { Selector } from '../selector';
import type { Urgency } from './urgency';
import type { WallTime } from './wall-clock';

/** What has to happen before a wave starts, or after it is through, beside the restarts themselves. */
export type ResolvedGate = Readonly<
  { name: string; side: 'before' | 'after' } & (
    | {
        type: 'approval';
        /** null: everybody with the role. */
        approvers: readonly Approver[] | null;
        /** People who have to approve. */
        count: number;
        /** Counted from when the gate opens; null: it does not expire. */
        expiresAfterMs: number | null;
        /** What happens then: it goes on to wait, or it counts as rejected. */
        onExpire: 'hold' | 'reject';
        /** Whoever started the rollout decides nothing about it. */
        notRequester: boolean;
      }
    | { type: 'schedule'; at: GateTime; zone: string }
    | { type: 'wait'; forMs: number }
  )
>;

export type ResolvedWave = Readonly<{
  name: string;
  clusters: Readonly<{
    selector: Selector | null;
    names: readonly string[] | null;
    /** null: all that match. */
    size: Amount | null;
    rest: boolean;
    orderBy: Readonly<{ label: string; as: 'integer' | 'string' }> | null;
  }>;
  dependsOn: readonly string[];
  maxConcurrency: Amount;
  maxFailures: FailureLimit;
  failureExposure: 'bounded' | 'unbounded';
  soakMs: number;
  /** What a restarted workload does to the soak that is not ready any more; absent: nothing. */
  onRegression?: 'fail' | 'reset';
  ramp?: Ramp;
  gates: readonly ResolvedGate[];
}>;

export type SourceMatch = Readonly<{
  kinds: readonly SourceKind[] | null;
  namespaces: readonly string[] | null;
  names: readonly string[] | null;
  labels: Selector | null;
}>;

/** When a window is open, by the clock of its zone. `endMinute` at or before `startMinute` is on the next day. */
export type WindowPeriod = Readonly<
  | {
      type: 'recurring';
      /** On which it starts; 0 is Sunday. */
      weekdays: readonly number[];
      /** Minutes since midnight. */
      startMinute: number;
      /** Clock time; null: `durationMs` of elapsed time says when it ends. */
      endMinute: number | null;
      durationMs: number | null;
    }
  | { type: 'once'; from: WallTime; to: WallTime }
>;

/** A time in which something may start (`allow`), or nothing may (`deny`). */
export type ResolvedWindow = Readonly<{
  name: string;
  kind: 'allow' | 'deny';
  /** It counts for rollouts of these urgencies, and for others as if it were not there; absent: for all. */
  appliesTo?: readonly Urgency[];
  period: WindowPeriod;
  /** IANA name, or `cluster`. */
  zone: string;
  /** Whether a cluster that has begun goes on to its other workloads when the time is over. */
  overrun: 'finishInFlight' | 'stopAtEnd';
  /** Nothing starts when less than this is left; 0: no matter how little. */
  minRemainingMs: number;
}>;

/** A policy with every default written out. Plain data: it is frozen into the rollouts it starts. */
export type ResolvedPolicy = Readonly<{
  name: string;
  priority: number;
  enabled: boolean;
  /** Of what it starts; absent: rotation. */
  urgency?: Urgency;
  /** `manual`: rollouts are born as Draft. `planHash`: and started only by who names the plan. `off`: none start, drift is shown. */
  start: 'auto' | 'manual' | 'planHash' | 'off';
  match: Readonly<{
    sources: readonly SourceMatch[] | null;
    clusters: Selector | null;
    workloads: Readonly<{ kinds: readonly WorkloadKind[] | null; labels: Selector | null }> | null;
  }>;
  /**
   * `label`: sources that have the same value of it change together; absent: each source by itself. `ignoreKeys`: sorted
   * patterns of keys that do not count; absent: all count.
   */
  coalesce: Readonly<{ quietMs: number; maxWaitMs: number; label?: string; ignoreKeys?: readonly string[] }>;
  waves: readonly ResolvedWave[];
  unassigned: 'fail' | 'rest' | 'ignore';
  onFailure: 'halt' | 'continue' | 'cancel';
  /** Summed over waves; null: no limit beyond the waves' own. */
  maxFailures: FailureLimit | null;
  /** `then` workloads of a cluster wait for its `first` ones; over the fleet, for those of every cluster. */
  workloadOrder: readonly Readonly<{ first: Selector; then: Selector; scope?: 'fleet' }>[];
  /** Rollouts of these policies that are under way come first; absent: none. */
  policiesBefore?: readonly string[];
  target: Readonly<{
    ackDeadlineMs: number;
    progressDeadlineMs: number;
    lostAfterMs: number;
    /** How long a target waits for the revision to reach its cluster before it is deferred; absent: for as long as it takes. */
    sourceDeadlineMs?: number;
    /** How long a restarted workload has to stay ready before it counts as through; absent: not at all. */
    minReadyMs?: number;
    /** Whether a plan tells of disruption budgets that have nothing left; absent: it does. */
    pdb?: 'ignore';
    /** Absent: what failed is tried again only when a person says so. */
    retry?: Retry;
  }>;
  /** A rollout that is halted for longer is given up; absent: none is. */
  haltTtlMs?: number;
  /** Receivers of the hub that are told when a rollout halts, by name; absent: none. */
  haltWebhooks?: readonly string[];
  /** Absent: catchUp. */
  joiners?: 'catchUp' | 'join' | 'ignore';
  /** Absent: skip. */
  leavers?: 'skip' | 'fail';
  /** Absent: latestWins. */
  supersede?: Supersede;
  /** Absent: as a policy that says nothing about it. */
  flap?: Flap;
  /** What becomes of a target whose cluster is off line for longer than the grace; how long a deferred one is owed its restart. */
  offline: Readonly<{
    policy: 'defer' | 'wait' | 'skip' | 'fail';
    graceMs: number;
    maxDeferred: Amount;
    deferTtlMs: number;
  }>;
  /** Live: of every policy that matches, as it is when something is to start. */
  windows: readonly ResolvedWindow[];
  /** Live, as windows. Of several policies that say something the strictest holds; where none does, a default. */
  limits?: ResolvedLimits;
  /** Sources may ask for narrower waves; absent: they may not. */
  allowAnnotationOverride?: true;
}>;
