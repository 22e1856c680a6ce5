import type { RolloutPhase } from '@app/contracts/phases';
import type { Revision } from '@app/contracts/revision';
import type { LimitsHere } from '../../limits/core/limits-here';
import type { Verdict } from '../../limits/core/refusal';
import type { WindowHere } from '../../windows/core/windows-here';
import type { Instant } from './model';

/** What a workload of the rollout looks like now, as its agent last reported it. */
export type WorkloadNow = Readonly<{
  uid: string;
  ignored: boolean;
  want: Revision | null;
  have: Revision | null;
  /** The source's revision as this workload sees it now. */
  source: Revision | null;
  /** The source's revision that the workload was started with; null: not known. */
  had: Revision | null;
  /** Fewer of its pods are ready than it wants, or its last restart failed; absent: neither. */
  unready?: boolean;
  /** How many are, where that is all that is wrong; absent: none that would do. */
  ready?: number;
  /** That it wants; absent: not known. */
  pods?: number;
  /** The rollout that restarts it now; absent: none. */
  lockedBy?: string;
  /** Absent: no rollout has restarted it. */
  ran?: Ran;
}>;

/** The last restart that a rollout had of a workload. `outcome`: how that rollout saw it end. */
export type Ran = Readonly<{
  rollout: string;
  revision: Revision;
  outcome: 'begun' | 'Succeeded' | 'Failed';
  /** When that was recorded. */
  at: Instant;
}>;

/** A hold that stops new dispatches (never what is in flight). */
export type ActiveHold = Readonly<{ id: string; owner: string; reason: string; expiresAt: Instant | null }>;

/** Live facts of one cluster at the instant of the event; never frozen. */
export type ClusterNow = Readonly<{
  connection: 'online' | 'offline' | 'left';
  /** Since when there is no session; null while online. */
  offlineSince: Instant | null;
  /** At which what is known of its workloads was so, by its agent itself; null: its agent has yet to tell. */
  toldAt: Instant | null;
  drained: boolean;
  /** The version of the protocol that its agent speaks; absent: the first. */
  proto?: number;
  /** When another cluster last claimed its identity; absent: none did. */
  claimedAt?: Instant;
  holds: readonly ActiveHold[];
  /** Of all policies that guard this cluster's part, as they are now. */
  windows: readonly WindowHere[];
  /** What restarts in it have to keep, from the policies as they are now; absent: what holds where none says anything. */
  limits?: LimitsHere;
  /** By object key; a workload that is not there is gone from the cluster. */
  workloads: Readonly<Record<string, WorkloadNow>>;
}>;

/** A rollout that was started and is not over. */
export type UnderWay = Readonly<{
  id: string;
  policy: string;
  phase: RolloutPhase;
  /** While it has not begun: the policies that it waits for in turn. */
  waitsFor: readonly string[];
}>;

/** Live facts for every cluster whose target is not terminal. A cluster that is missing here is unknown: wait. */
export type FleetNow = Readonly<{
  clusters: Readonly<Record<string, ClusterNow>>;
  /** Rollouts of policies that come first, and of those that these wait for in turn; absent: not known. */
  ahead?: readonly UnderWay[];
  /** What the store has said in this look of restarts that were to begin; absent: it was not asked yet. */
  verdict?: Verdict;
}>;
