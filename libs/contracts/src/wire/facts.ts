import { z } from 'zod';
import { dnsLabel, labels, objectName, sourceKind, workloadKind } from '../objects';
import { revision } from '../revision';
import { sentence } from './envelope';

/** Most names that a workload may wait for. */
export const MAX_RESTART_AFTER = 64;
/** The signs of which `rollout:` expressions are made: no other text can travel as one. */
const EXPRESSION = /^[A-Za-z0-9@=,%/!._ -]{1,512}$/;

/** What the annotations of a source ask of the hub, as far as they can be understood. */
export const sourceAnnotations = z.strictObject({
  policy: dnsLabel.optional(),
  /** A `rollout:` expression. */
  rolloutOverride: z.string().regex(EXPRESSION).optional(),
});
export type SourceAnnotations = z.infer<typeof sourceAnnotations>;

/** The same of a workload. */
export const workloadAnnotations = z.strictObject({
  policy: dnsLabel.optional(),
  /** Names of workloads of its namespace that restart before it. */
  restartAfter: z.array(objectName).min(1).max(MAX_RESTART_AFTER).optional(),
});
export type WorkloadAnnotations = z.infer<typeof workloadAnnotations>;

/** What an agent knows of a source that some workload uses. Never holds data: digests only. */
export const sourceFact = z.strictObject({
  kind: sourceKind,
  namespace: dnsLabel,
  name: objectName,
  /** null: it does not exist. */
  revision: revision.nullable(),
  labels,
  /** When the content last changed, as far as the cluster tells (RFC 3339). */
  changedAt: z.iso.datetime().nullable(),
  /** Absent: they ask for nothing, or the agent is too old to tell. */
  annotations: sourceAnnotations.optional(),
});
export type SourceFact = z.infer<typeof sourceFact>;

export const WORKLOAD_STATES = ['Current', 'Pending', 'Restarting', 'Failed', 'Ignored'] as const;

/** One source that a workload reacts to: the revision it has now, and the one the workload was last started with. */
export const usedSource = z.strictObject({
  kind: sourceKind,
  name: objectName,
  revision: revision.nullable(),
  /** null: unknown, or the source did not exist then. */
  haveRevision: revision.nullable(),
});
export type UsedSource = z.infer<typeof usedSource>;

/**
 * What an agent knows of a workload. Pending is `want ≠ have`.
 * `want` is the digest of all sources it reacts to as they are now; `have` is what it was last started with.
 */
export const workloadFact = z.strictObject({
  kind: workloadKind,
  namespace: dnsLabel,
  name: objectName,
  uid: z.string().min(1).max(64),
  labels,
  state: z.enum(WORKLOAD_STATES),
  /** Stable code; empty when there is nothing to explain. */
  reason: z.string().max(64),
  message: sentence,
  /** null for an Ignored workload: nothing opts it in. */
  want: revision.nullable(),
  have: revision.nullable(),
  /** How we know `have`: our stamp in the pod template; or its pods are younger than the content; or first sight. */
  proof: z.enum(['exact', 'inferred', 'unknown']),
  sources: z.array(usedSource).max(256),
  pods: z.strictObject({ desired: z.int().min(0), updated: z.int().min(0), ready: z.int().min(0) }),
  /** Absent: they ask for nothing, or the agent is too old to tell. */
  annotations: workloadAnnotations.optional(),
  /** The PodDisruptionBudget that lets none of its pods go even while all are healthy; absent: none does, or nobody looked. */
  budget: objectName.optional(),
  /** The reason why a new pod template would restart nothing of it now; absent: it would. */
  still: z.string().max(64).optional(),
});
export type WorkloadFact = z.infer<typeof workloadFact>;

/** Pending: opted in, and started with something else than the sources hold now. */
export const isPending = (fact: Pick<WorkloadFact, 'state' | 'want' | 'have'>): boolean =>
  fact.state !== 'Ignored' && fact.want !== null && fact.want !== fact.have;

/** Facts are closed: a hub takes only the fields of the protocol version that it speaks. */
const SINCE: ReadonlyMap<string, number> = new Map([
  ['annotations', 2],
  ['budget', 2],
  ['still', 2],
]);

/** A fact without the fields that `proto` does not have; the very same one when it has none of them. */
export function factIn<T extends SourceFact | WorkloadFact>(fact: T, proto: number): T {
  const isThere = (field: string): boolean => (SINCE.get(field) ?? 1) <= proto;
  if (Object.keys(fact).every(isThere)) return fact;
  return Object.fromEntries(Object.entries(fact).filter(([field]) => isThere(field))) as T;
}
