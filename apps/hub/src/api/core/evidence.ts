import type { ExplainView } from '@app/contracts/api/views';
import type { SourceRef, WorkloadRef } from '@app/contracts/objects';
import type { Urgency } from '@app/contracts/policy/urgency';
import type { SourceFact, UsedSource, WorkloadFact } from '@app/contracts/wire/facts';
import type { Instant, Rollout } from '../../rollout/core/model';

/** Everything that the hub knows when somebody asks why a workload did, or did not, restart. */
export type Evidence = Readonly<{
  cluster: string;
  workloadRef: WorkloadRef;
  /** The source that the question names; null: any. */
  sourceRef: SourceRef | null;
  /** Undefined: no such cluster is registered. */
  connection: Readonly<{ state: string; reason: string; drained: boolean }> | undefined;
  workload: WorkloadFact | undefined;
  /** The source's own fact, when the question names one. */
  source: SourceFact | undefined;
  /** The policy that would carry a change of the source; undefined: none matches, or no source is known to ask about. */
  policy:
    | Readonly<{
        name: string;
        version: number;
        start: string;
        takes: boolean;
        /** No wave of it takes the cluster, and it has such clusters left alone; absent: that is not so. */
        untaken?: true;
        urgency: Urgency;
        /** What it gathers the source's changes with; absent: with no other's. */
        group?: string;
        /** Another one, which an annotation chooses in vain. */
        notFollowed?: string;
        /** The `rollout:` that the source asks for, and whether the policy lets it. */
        override?: Readonly<{ text: string; allowed: boolean }>;
      }>
    | undefined;
  /** How many clusters the hub, which has lost its store, has yet to hear of; null: it knows its fleet. */
  recovering: number | null;
  /** Until when the source is left alone because it changes too often; null: it is not. */
  quarantinedUntil: Instant | null;
  /** The policy gathers what changes close together; null: it does not, now. `closesAt` null: it only waits for agents. */
  gathered: Readonly<{ closesAt: Instant | null; awaitsAgents: boolean }> | null;
  /** The latest rollouts with this cluster as a target, over or not; newest first. */
  rollouts: readonly Rollout[];
  /** What the source holds came while a rollout was under way, and the policy has that left alone; absent: no. */
  rejected?: true;
  /** The latest change of the cluster for which the policy gave no plan; absent: none of late. */
  unplanned?: Rollout;
  /** The latest change of the cluster that a rollout carries, or carried, in others alone; absent: none of late. */
  leftOut?: Rollout;
}>;

export type Check = ExplainView['checks'][number];
/** A check that failed says what comes next; what lies behind it is looked at only when it `goesOn`. */
export type Answer = Readonly<{ check: Check; next?: string; goesOn?: boolean }>;

export const pass = (check: string, detail: string): Answer => ({ check: { check, ok: true, detail } });
export const stop = (check: string, detail: string, next: string): Answer => ({
  check: { check, ok: false, detail },
  next,
});

export const usedBy = (workload: WorkloadFact, source: SourceRef): UsedSource | undefined =>
  workload.namespace === source.namespace
    ? workload.sources.find(({ kind, name }) => kind === source.kind && name === source.name)
    : undefined;

/** Code and sentence as one text. */
export function because(reason: string, message: string, otherwise: string): string {
  if (message !== '') return reason === '' ? message : `${reason}: ${message}`;
  return reason === '' ? otherwise : reason;
}
