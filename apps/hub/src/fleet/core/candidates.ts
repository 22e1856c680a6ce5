import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import type { ClusterRecord } from './cluster-record';

/** One pending workload that uses a source, and what has been settled for the two: revision and rollout. */
export type PendingUser = Readonly<{
  fact: WorkloadFact;
  settled: Readonly<{ revision: string; rollout: string }> | null;
}>;
export type SourceInCluster = Readonly<{
  cluster: string;
  registration: ClusterRecord | null;
  source: SourceFact | null;
  workloads: readonly PendingUser[];
}>;
