import type { WorkloadKind } from '@app/contracts/objects';
import type { KubeObject } from '../../kube/kube.port';
import { at, countAt, recordsAt, textAt } from './read';

/** How far a workload's own controller has come: the few numbers that the kinds' rules need. */
export type RolloutStatus = Readonly<{
  kind: WorkloadKind;
  generation: number;
  /** The generation that the rest of the status speaks of. */
  observed: number;
  desired: number;
  /** Pods of any revision. Deployments only; equal to `updated` for the other kinds. */
  total: number;
  updated: number;
  ready: number;
  available: number;
  /** StatefulSet: ordinals below this one keep the old revision. */
  partition: number;
  /** StatefulSet: every pod is on the newest revision, as its controller sees it. */
  oneRevision: boolean;
  /** A new template restarts nothing by itself. */
  onDelete: boolean;
  paused: boolean;
  /** Deployment: what its controller says when it gave up waiting; empty while it has not. */
  deadlineExceeded: string;
  /** When the running pods were last rolled out, as far as the object tells (RFC 3339). */
  rolledAt: string | null;
}>;

export type Completion = Readonly<{ phase: 'progressing' | 'ready' | 'failed'; reason: string; message: string }>;

/** Reads the status of a workload of any kind. */
export function readRolloutStatus(kind: WorkloadKind, object: KubeObject): RolloutStatus {
  const base = {
    kind,
    generation: object.metadata.generation ?? 0,
    observed: countAt(object, 0, 'status', 'observedGeneration'),
    partition: 0,
    oneRevision: true,
    onDelete: textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete',
    paused: false,
    deadlineExceeded: '',
    rolledAt: object.metadata.creationTimestamp ?? null,
  };
  if (kind === 'DaemonSet') return { ...base, ...daemonSet(object) };
  return kind === 'StatefulSet' ? { ...base, ...statefulSet(object) } : { ...base, ...deployment(object) };
}

function daemonSet(object: KubeObject): Pick<RolloutStatus, 'desired' | 'total' | 'updated' | 'ready' | 'available'> {
  const count = (field: string): number => countAt(object, 0, 'status', field);
  const updated = count('updatedNumberScheduled');
  return {
    desired: count('desiredNumberScheduled'),
    total: updated,
    updated,
    ready: count('numberReady'),
    available: count('numberAvailable'),
  };
}

function replicas(object: KubeObject): Pick<RolloutStatus, 'desired' | 'updated' | 'ready' | 'available'> {
  return {
    desired: countAt(object, 1, 'spec', 'replicas'),
    updated: countAt(object, 0, 'status', 'updatedReplicas'),
    ready: countAt(object, 0, 'status', 'readyReplicas'),
    available: countAt(object, 0, 'status', 'availableReplicas'),
  };
}

function statefulSet(
  object: KubeObject,
): Omit<RolloutStatus, 'kind' | 'generation' | 'observed' | 'onDelete' | 'paused' | 'deadlineExceeded' | 'rolledAt'> {
  const numbers = replicas(object);
  return {
    ...numbers,
    total: numbers.updated,
    partition: countAt(object, 0, 'spec', 'updateStrategy', 'rollingUpdate', 'partition'),
    oneRevision: textAt(object, 'status', 'currentRevision') === textAt(object, 'status', 'updateRevision'),
  };
}

function deployment(
  object: KubeObject,
): Omit<RolloutStatus, 'kind' | 'generation' | 'observed' | 'onDelete' | 'partition' | 'oneRevision'> {
  const progressing = recordsAt(object, 'status', 'conditions').find((one) => one['type'] === 'Progressing');
  const exceeded = textAt(progressing, 'reason') === 'ProgressDeadlineExceeded';
  return {
    ...replicas(object),
    total: countAt(object, 0, 'status', 'replicas'),
    paused: at(object, 'spec', 'paused') === true,
    deadlineExceeded: exceeded ? (textAt(progressing, 'message') ?? 'the deadline for progress has passed') : '',
    rolledAt: textAt(progressing, 'lastUpdateTime') ?? object.metadata.creationTimestamp ?? null,
  };
}

const progressing = (reason: string, message: string): Completion => ({ phase: 'progressing', reason, message });
const READY: Completion = { phase: 'ready', reason: '', message: '' };

/** Whether the newest template is what runs, by the rules that `kubectl rollout status` has for each kind. */
export function completionOf(status: RolloutStatus): Completion {
  if (status.observed < status.generation) {
    return progressing('NotObserved', `waits for the ${status.kind} controller to see the new template`);
  }
  switch (status.kind) {
    case 'Deployment':
      return deploymentCompletion(status);
    case 'StatefulSet':
      return statefulSetCompletion(status);
    case 'DaemonSet':
      return daemonSetCompletion(status);
  }
}

function deploymentCompletion(status: RolloutStatus): Completion {
  const { desired, total, updated, available } = status;
  if (status.deadlineExceeded) return { phase: 'failed', reason: 'ProgressDeadline', message: status.deadlineExceeded };
  if (updated < desired) return progressing('Updating', `${updated} of ${desired} new pods exist`);
  if (total > updated) return progressing('Terminating', `${total - updated} old pods are still there`);
  if (available < updated) return progressing('Starting', `${available} of ${updated} new pods are available`);
  return READY;
}

function statefulSetCompletion(status: RolloutStatus): Completion {
  const { desired, updated, ready, partition } = status;
  if (ready < desired) return progressing('Starting', `${ready} of ${desired} pods are ready`);
  const due = Math.max(0, desired - partition);
  if (updated < due) return progressing('Updating', `${updated} of ${due} pods have the new template`);
  if (partition > 0) {
    const message = `partition ${partition}: ${updated} of ${desired} pods were restarted`;
    return { phase: 'ready', reason: 'Partial', message };
  }
  return status.oneRevision ? READY : progressing('Updating', 'pods of two revisions are still there');
}

function daemonSetCompletion(status: RolloutStatus): Completion {
  const { desired, updated, available } = status;
  if (updated < desired) return progressing('Updating', `${updated} of ${desired} pods have the new template`);
  if (available < desired) return progressing('Starting', `${available} of ${desired} pods are available`);
  return READY;
}

/** Why a new pod template would restart nothing; null when it would. */
export function stillness(status: RolloutStatus): Readonly<{ reason: string; message: string }> | null {
  if (status.onDelete) {
    return {
      reason: 'OnDelete',
      message: `its update strategy is OnDelete: pods restart only when someone deletes them`,
    };
  }
  if (status.paused) {
    return {
      reason: 'PausedWorkload',
      message: 'the Deployment is paused: a new template starts nothing until it is resumed',
    };
  }
  if (status.kind !== 'DaemonSet' && status.desired === 0) {
    return {
      reason: 'ScaledToZero',
      message: 'it has no replicas: the next pod starts with the newest content anyway',
    };
  }
  return null;
}
