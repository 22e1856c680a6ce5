import { isPending, type SourceFact, type WorkloadFact } from '@app/contracts/wire/facts';
import type { CandidateCluster, CandidateWorkload } from './model';

/** A workload as a plan may hold it. */
export const candidateWorkload = (fact: WorkloadFact): CandidateWorkload => ({
  ref: { kind: fact.kind, namespace: fact.namespace, name: fact.name },
  uid: fact.uid,
  labels: fact.labels,
  replicas: fact.pods.desired,
  pending: isPending(fact),
  state: fact.state,
  reason: fact.still ?? fact.reason,
  ...(fact.budget !== undefined && { budget: fact.budget }),
  ...(fact.annotations && { annotations: fact.annotations }),
});

/** What the source asks for in a cluster; where it asks for nothing, the cluster has no such field. */
export const overrideIn = (source: SourceFact | null | undefined): Pick<CandidateCluster, 'override'> =>
  source?.annotations?.rolloutOverride === undefined ? {} : { override: source.annotations.rolloutOverride };
