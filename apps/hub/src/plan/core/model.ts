import type { Labels, SourceRef, WorkloadRef } from '@app/contracts/objects';
import type { Ramp } from '@app/contracts/policy/rules';
import type { ResolvedGate, ResolvedPolicy } from '@app/contracts/policy/resolved';
import type { Revision } from '@app/contracts/revision';
import type { WorkloadAnnotations } from '@app/contracts/wire/facts';

/** The place of a workload in the order over the fleet: rules for which it comes first, and those after whose first ones it comes. */
export type FleetPlace = Readonly<{ first: readonly number[]; after: readonly number[] }>;

/** A workload that the source's change concerns, as its agent last reported it. */
export type CandidateWorkload = Readonly<{
  ref: WorkloadRef;
  uid: string;
  labels: Labels;
  replicas: number;
  pending: boolean;
  state: string;
  reason: string;
  /** The disruption budget that lets none of its pods go; absent: none that is known. */
  budget?: string;
  annotations?: WorkloadAnnotations;
}>;

/** A cluster that the plan may hold: it uses the source, or is known to have used it. */
export type CandidateCluster = Readonly<{
  name: string;
  labels: Labels;
  /** What the source held before, and holds now, in this cluster. */
  from: Revision | null;
  to: Revision | null;
  /** Of several sources that change as one: each by itself; `from` and `to` stand for all of them then. */
  sources?: readonly Readonly<{ source: SourceRef; from: Revision | null; to: Revision | null }>[];
  /** A `rollout:` expression by which the source there asks for narrower waves. */
  override?: string;
  workloads: readonly CandidateWorkload[];
}>;

export type PlanInput = Readonly<{
  /** What the plan is for: the key of a source, or what stands for workloads that a person named. */
  subject: string;
  /** Clusters with their own workloads that use the source; the policy's match is applied by the plan. */
  clusters: readonly CandidateCluster[];
}>;

export type PlannedTarget = Readonly<{
  cluster: string;
  from: Revision | null;
  to: Revision | null;
  workloads: readonly (CandidateWorkload & Readonly<{ after: readonly string[]; fleet?: FleetPlace }>)[];
}>;

export type PlannedWave = Readonly<{
  name: string;
  dependsOn: readonly string[];
  maxConcurrency: number;
  maxFailures: number;
  failureExposure: 'bounded' | 'unbounded';
  soakMs: number;
  gates: readonly ResolvedGate[];
  ramp?: Ramp;
  targets: readonly PlannedTarget[];
}>;

export type PlanWarning = Readonly<{ code: string; detail: string; subject: string }>;

/** `canonical` is the text whose digest is the `planHash`: equal input gives equal text. */
export type Plan = Readonly<{
  /** The policy as the source has narrowed it; absent: it holds as it is. */
  policy?: ResolvedPolicy;
  waves: readonly PlannedWave[];
  warnings: readonly PlanWarning[];
  planned: number;
  canonical: string;
}>;

/** Why no plan can be made; `code` is UNASSIGNED or CYCLE and `subjects` names every cluster concerned. */
export type PlanRefusal = Readonly<{ code: 'UNASSIGNED' | 'CYCLE'; detail: string; subjects: readonly string[] }>;

export type Planned = Readonly<{ ok: true; plan: Plan } | { ok: false; refusal: PlanRefusal }>;
