import type { WorkloadKind } from '@app/contracts/objects';

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
  /** CronJob: it makes no Jobs for now. */
  suspended: boolean;
  /** DeploymentConfig: nothing but a person rolls it out. */
  manual: boolean;
  /** Argo Rollout: the phase that its controller reports, and why; empty for every other kind. */
  health: string;
  /** Job: how it ended, in its controller's words; null while it runs, and for every other kind. */
  end: JobEnd | null;
  /** What the workload's controller says when it gave up waiting; empty while it has not. */
  deadlineExceeded: string;
  /** When the running pods were last rolled out, as far as the object tells (RFC 3339). */
  rolledAt: string | null;
}>;

export type JobEnd = Readonly<{ succeeded: boolean; reason: string; message: string }>;

export type Completion = Readonly<{ phase: 'progressing' | 'ready' | 'failed'; reason: string; message: string }>;

/** Kinds whose owner chooses a number of replicas. */
const SCALED: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'Rollout', 'DeploymentConfig'];

const progressing = (reason: string, message: string): Completion => ({ phase: 'progressing', reason, message });
const READY: Completion = { phase: 'ready', reason: '', message: '' };

/** Whether the newest template is what runs, by the rules that `kubectl rollout status` has for each kind. */
export function completionOf(status: RolloutStatus): Completion {
  if (status.observed < status.generation) {
    return progressing('NotObserved', `waits for the ${status.kind} controller to see the new template`);
  }
  switch (status.kind) {
    case 'Deployment':
    case 'DeploymentConfig':
      return deploymentCompletion(status);
    case 'StatefulSet':
      return statefulSetCompletion(status);
    case 'DaemonSet':
      return daemonSetCompletion(status);
    case 'Rollout':
      return argoCompletion(status);
    case 'Job':
    case 'CronJob':
      return READY;
  }
}

function deploymentCompletion(status: RolloutStatus): Completion {
  const { desired, total, updated, available } = status;
  if (status.deadlineExceeded) return { phase: 'failed', reason: 'ProgressDeadline', message: status.deadlineExceeded };
  if (updated < desired) {
    const paused = status.paused ? 'paused: ' : '';
    return progressing('Updating', `${paused}${updated} of ${desired} new pods exist`);
  }
  if (total > updated) return progressing('Terminating', oldPodsText(status));
  if (available < updated) return progressing('Starting', `${available} of ${updated} new pods are available`);
  return READY;
}

/** Old pods stay for as long as new ones are not ready: that is what has to be looked at. */
const oldPodsText = ({ total, updated, ready }: RolloutStatus): string =>
  `${total - updated} old pods are still there${ready < total ? `: ${total - ready} pods are not ready` : ''}`;

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

function argoCompletion({ health, deadlineExceeded, updated, desired }: RolloutStatus): Completion {
  if (deadlineExceeded) return { phase: 'failed', reason: 'Degraded', message: deadlineExceeded };
  if (health === 'Healthy') return READY;
  return progressing('Progressing', `its controller reports ${health}: ${updated} of ${desired} new pods exist`);
}

export type Stillness = Readonly<{ reason: string; message: string }>;

/** Why a new pod template would restart nothing; null when it would. */
export function stillness(status: RolloutStatus): Stillness | null {
  if (status.onDelete) {
    return {
      reason: 'OnDelete',
      message: `its update strategy is OnDelete: pods restart only when someone deletes them`,
    };
  }
  if (status.paused) {
    return {
      reason: 'PausedWorkload',
      message: 'it is paused: a new template starts nothing until it is resumed',
    };
  }
  if (status.suspended) {
    return { reason: 'Suspended', message: 'the CronJob is suspended: it runs no Job until it is resumed' };
  }
  if (status.manual) {
    return {
      reason: 'ManualRollout',
      message: 'ConfigChange is none of its triggers: a new template starts nothing until someone rolls it out',
    };
  }
  if (SCALED.includes(status.kind) && status.desired === 0) {
    return {
      reason: 'ScaledToZero',
      message: 'it has no replicas: the next pod starts with the newest content anyway',
    };
  }
  return null;
}
