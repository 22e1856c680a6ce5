import { z } from 'zod';
import { dnsLabel, labels, objectName, sourceKind, workloadKind } from '../objects';
import { revision } from '../revision';
import { sentence } from './envelope';

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
});
export type WorkloadFact = z.infer<typeof workloadFact>;

/** Pending: opted in, and started with something else than the sources hold now. */
export const isPending = (fact: Pick<WorkloadFact, 'state' | 'want' | 'have'>): boolean =>
  fact.state !== 'Ignored' && fact.want !== null && fact.want !== fact.have;
