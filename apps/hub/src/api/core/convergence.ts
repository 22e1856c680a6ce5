import type { ConvergenceView } from '@app/contracts/api/views';
import type { SourceRef } from '@app/contracts/objects';
import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';

type ConvergenceItem = ConvergenceView['items'][number];

/** What the hub knows of one cluster that uses the source. */
export type ClusterEvidence = Readonly<{
  cluster: string;
  /** What is reported is what is there: the agent has a session now. */
  online: boolean;
  source: SourceFact | undefined;
  /** The workloads that use the source. */
  users: readonly WorkloadFact[];
}>;

type Verdict = Readonly<{ state: ConvergenceItem['state']; reason: string }>;

/**
 * Whether every workload of the cluster runs the source's present revision. Only what was seen counts:
 * whatever is not known makes the cluster Unknown, never Converged.
 */
export function convergenceOf(ref: SourceRef, { cluster, online, source, users }: ClusterEvidence): ConvergenceItem {
  const opted = users.filter(({ state }) => state !== 'Ignored');
  const current = opted.filter((workload) => isCurrent(workload, ref));
  const sum = (of: (workload: WorkloadFact) => number): number =>
    opted.reduce((total, workload) => total + of(workload), 0);
  return {
    cluster,
    ...verdict(opted, { ref, online, source }),
    revision: source?.revision ?? null,
    workloads: { total: opted.length, current: current.length },
    pods: { total: sum(({ pods }) => pods.desired), current: sum((workload) => currentPods(workload, ref)) },
  };
}

type Known = Readonly<{ ref: SourceRef; online: boolean; source: SourceFact | undefined }>;

function verdict(opted: readonly WorkloadFact[], { ref, online, source }: Known): Verdict {
  if (!online) return { state: 'Unknown', reason: 'AgentOffline' };
  if (source === undefined) return { state: 'Unknown', reason: 'SourceUnknown' };
  if (source.revision === null) return { state: 'Unknown', reason: 'SourceMissing' };
  const behind = opted.find((workload) => !isCurrent(workload, ref) && isSeen(workload));
  if (behind) return { state: 'Behind', reason: BEHIND[behind.state] };
  if (opted.some(({ proof }) => proof === 'unknown')) return { state: 'Unknown', reason: 'ProofUnknown' };
  if (opted.some((workload) => currentPods(workload, ref) < workload.pods.desired))
    return { state: 'Behind', reason: 'PodsBehind' };
  return { state: 'Converged', reason: opted.length === 0 ? 'NoWorkload' : '' };
}

/** Why a workload that is opted in does not run what it should. */
const BEHIND: Readonly<Record<WorkloadFact['state'], string>> = {
  Pending: 'WorkloadPending',
  Restarting: 'WorkloadRestarting',
  Failed: 'WorkloadFailed',
  Current: 'WorkloadCurrent', // of older content: the agent has yet to look at it
  Ignored: '',
};

/** Whether it is known that it runs something else: proven by its pods, or for it has yet to restart for a change since. */
const isSeen = ({ proof, want, have }: WorkloadFact): boolean => proof !== 'unknown' || want !== have;

/** Started with what the source holds now, and with what all its other sources hold. */
function isCurrent(workload: WorkloadFact, ref: SourceRef): boolean {
  const used = workload.sources.find(({ kind, name }) => kind === ref.kind && name === ref.name);
  const sourceIsCurrent = used === undefined || used.revision === used.haveRevision;
  return workload.state === 'Current' && workload.want === workload.have && sourceIsCurrent;
}

/** Pods of the newest template run the revision only if the template carries it. */
const currentPods = (workload: WorkloadFact, ref: SourceRef): number =>
  isCurrent(workload, ref) && workload.proof !== 'unknown'
    ? Math.min(workload.pods.updated, workload.pods.ready, workload.pods.desired)
    : 0;
