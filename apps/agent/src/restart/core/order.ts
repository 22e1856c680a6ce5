import type { SourceRef, WorkloadRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';

/** What a permit of the hub is bound to, beyond the workload and its revision. */
export type PermitTerms = Readonly<{
  /** Refused when not above the floor that a `cancel` of the rollout set. */
  fence: number;
  hubEpoch: number;
  /** Hub time, epoch ms. */
  notAfter: number;
}>;

/** To bring one workload to one revision that this agent itself found it to want. */
export type Order = Readonly<{
  /** Equal for every delivery of the same order. */
  id: string;
  permit: string;
  rollout: string;
  attempt: number;
  workload: WorkloadRef;
  uid: string;
  toRevision: Revision;
  causes: readonly SourceRef[];
  /** Patched → ready. */
  progressDeadlineMs: number;
  /** How long it has to stay ready, once it is, before the restart is over; absent: not at all. */
  minReadyMs?: number;
  /** Also when the workload runs what it wants: once per rollout, where this agent was started with the consent for it. */
  forced?: true;
  /** null: the agent acts on its own. */
  terms: PermitTerms | null;
}>;

/** Written in place of a rollout's id when the agent acts on its own. */
export const LOCAL_ROLLOUT = 'local';
