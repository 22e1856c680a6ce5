import { timestamp } from '../clock';
import type { Condition, Deployment, DeploymentSpec, DeploymentStatus, ReplicaSet } from '../workload-types';

/** What the status of a Deployment is computed from. */
export interface Progress {
  readonly deployment: Deployment;
  readonly sets: readonly ReplicaSet[];
  readonly current: ReplicaSet | undefined;
  /** The current ReplicaSet was made just now. */
  readonly created: boolean;
  readonly now: number;
}

type Counts = Required<Omit<DeploymentStatus, 'conditions' | 'observedGeneration'>>;

/** The new status, and in how many milliseconds the progress deadline strikes when nothing moves until then. */
export function deploymentStatus(
  progress: Progress,
  maxUnavailable: number,
): { readonly status: DeploymentStatus; readonly wakeInMs?: number } {
  const { deployment, now } = progress;
  const spec = deployment.spec as DeploymentSpec;
  const counts = countsOf(progress, spec);
  const enough = counts.availableReplicas >= spec.replicas - maxUnavailable;
  const availability: Condition = {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${enough ? 'has' : 'does not have'} minimum availability.`,
  };
  const before = conditionOf(deployment, 'Progressing');
  const next = progressing(progress, spec, counts);
  const conditions = [settled(conditionOf(deployment, 'Available'), availability, now), settled(before, next, now)];
  const observedGeneration = deployment.metadata.generation ?? 1;
  const shown = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  const left = deadlineLeft(conditions[1], spec, now);
  return { status: { observedGeneration, ...shown, conditions }, ...(left === undefined ? {} : { wakeInMs: left }) };
}

function countsOf({ sets, current }: Progress, spec: DeploymentSpec): Counts {
  const sum = (of: (set: ReplicaSet) => number | undefined) => sets.reduce((total, set) => total + (of(set) ?? 0), 0);
  const replicas = sum((set) => set.status?.replicas);
  const available = sum((set) => set.status?.availableReplicas);
  return {
    replicas,
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum((set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, Math.max(spec.replicas, replicas) - available),
  };
}

const conditionOf = ({ status }: Deployment, type: string): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

/** The same verdict keeps its times; another status moves the transition, another reason only the update. */
function settled(before: Condition | undefined, next: Condition, now: number): Condition {
  if (before === next) return next;
  if (before?.status === next.status && before.reason === next.reason && !next.lastUpdateTime) return before;
  const lastUpdateTime = timestamp(now);
  const unchanged = before?.status === next.status ? before.lastTransitionTime : undefined;
  return { ...next, lastUpdateTime, lastTransitionTime: unchanged ?? lastUpdateTime };
}

const verdict = (status: Condition['status'], reason: string, message: string): Condition => ({
  type: 'Progressing',
  status,
  reason,
  message,
});

/** How the rollout goes. A verdict with `lastUpdateTime` is news although it may read as before: it restarts the deadline. */
function progressing(progress: Progress, spec: DeploymentSpec, counts: Counts): Condition {
  const before = conditionOf(progress.deployment, 'Progressing');
  if (spec.paused) return verdict('Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (progress.created) {
    const message = `Created new replica set ${nameOf(progress)}`;
    return { ...verdict('True', 'NewReplicaSetCreated', message), lastUpdateTime: timestamp(progress.now) };
  }
  if (before?.reason === 'DeploymentPaused') return verdict('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  const rested = before?.reason === 'NewReplicaSetAvailable' && counts.replicas === counts.updatedReplicas;
  return rested ? before : underWay(progress, before, { spec, counts });
}

const nameOf = ({ current }: Progress): string => `ReplicaSet "${current?.metadata.name ?? ''}"`;

function underWay(
  progress: Progress,
  before: Condition | undefined,
  { spec, counts }: { readonly spec: DeploymentSpec; readonly counts: Counts },
): Condition {
  const { deployment, now } = progress;
  const name = nameOf(progress);
  if (isComplete(spec, counts)) {
    return verdict('True', 'NewReplicaSetAvailable', `${name} has successfully progressed.`);
  }
  if (moved(deployment.status ?? {}, counts)) {
    return { ...verdict('True', 'ReplicaSetUpdated', `${name} is progressing.`), lastUpdateTime: timestamp(now) };
  }
  if (deadlineLeft(before, spec, now) === 0) {
    return verdict('False', 'ProgressDeadlineExceeded', `${name} has timed out progressing.`);
  }
  return before ?? verdict('True', 'FoundNewReplicaSet', `Found new replica set ${name}`);
}

const isComplete = (spec: DeploymentSpec, counts: Counts): boolean =>
  counts.updatedReplicas === spec.replicas &&
  counts.replicas === spec.replicas &&
  counts.availableReplicas === spec.replicas;

function moved(before: DeploymentStatus, counts: Counts): boolean {
  const was = (count: number | undefined) => count ?? 0;
  const oldBefore = was(before.replicas) - was(before.updatedReplicas);
  return (
    counts.updatedReplicas > was(before.updatedReplicas) ||
    counts.replicas - counts.updatedReplicas < oldBefore ||
    counts.readyReplicas > was(before.readyReplicas) ||
    counts.availableReplicas > was(before.availableReplicas)
  );
}

/** Milliseconds until a rollout under way has taken too long; undefined when none is under way. */
function deadlineLeft(condition: Condition | undefined, spec: DeploymentSpec, now: number): number | undefined {
  if (condition?.status !== 'True' || condition.reason === 'NewReplicaSetAvailable') return undefined;
  const since = Date.parse(condition.lastUpdateTime ?? '');
  return Math.max(0, since + spec.progressDeadlineSeconds * 1_000 - now);
}
