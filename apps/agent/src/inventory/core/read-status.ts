import type { WorkloadKind } from '@app/contracts/objects';
import type { KubeObject } from '../../kube/kube.port';
import { at, countAt, recordsAt, textAt } from './read';
import type { JobEnd, RolloutStatus } from './rollout-status';

type Base = Omit<RolloutStatus, 'desired' | 'total' | 'updated' | 'ready' | 'available'>;

/** Reads the status of a workload of any kind. */
export function readRolloutStatus(kind: WorkloadKind, object: KubeObject): RolloutStatus {
  const generation = object.metadata.generation ?? 0;
  const base: Base = {
    kind,
    generation,
    observed: countAt(object, 0, 'status', 'observedGeneration'),
    partition: 0,
    oneRevision: true,
    onDelete: textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete',
    paused: false,
    suspended: false,
    manual: false,
    health: '',
    end: null,
    deadlineExceeded: '',
    rolledAt: object.metadata.creationTimestamp ?? null,
  };
  return READ[kind](object, base);
}

const READ: Readonly<Record<WorkloadKind, (object: KubeObject, base: Base) => RolloutStatus>> = {
  Deployment: deployment,
  DeploymentConfig: deploymentConfig,
  StatefulSet: statefulSet,
  DaemonSet: daemonSet,
  Rollout: argoRollout,
  Job: job,
  CronJob: cronJob,
};

function daemonSet(object: KubeObject, base: Base): RolloutStatus {
  const count = (field: string): number => countAt(object, 0, 'status', field);
  const updated = count('updatedNumberScheduled');
  return {
    ...base,
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

function statefulSet(object: KubeObject, base: Base): RolloutStatus {
  const numbers = replicas(object);
  return {
    ...base,
    ...numbers,
    total: numbers.updated,
    partition: countAt(object, 0, 'spec', 'updateStrategy', 'rollingUpdate', 'partition'),
    oneRevision: textAt(object, 'status', 'currentRevision') === textAt(object, 'status', 'updateRevision'),
  };
}

function deployment(object: KubeObject, base: Base): RolloutStatus {
  const progressing = recordsAt(object, 'status', 'conditions').find((one) => one['type'] === 'Progressing');
  const exceeded = textAt(progressing, 'reason') === 'ProgressDeadlineExceeded';
  return {
    ...base,
    ...replicas(object),
    total: countAt(object, 0, 'status', 'replicas'),
    paused: at(object, 'spec', 'paused') === true,
    deadlineExceeded: exceeded ? (textAt(progressing, 'message') ?? 'the deadline for progress has passed') : '',
    rolledAt: textAt(progressing, 'lastUpdateTime') ?? base.rolledAt,
  };
}

/** Without any trigger written down the API means a change of the template. */
function deploymentConfig(object: KubeObject, base: Base): RolloutStatus {
  const hasTriggers = Array.isArray(at(object, 'spec', 'triggers'));
  const onChange = recordsAt(object, 'spec', 'triggers').some(({ type }) => type === 'ConfigChange');
  return { ...deployment(object, base), manual: hasTriggers && !onChange };
}

/** Argo writes the observed generation as text, and says itself whether the newest template is healthy. */
function argoRollout(object: KubeObject, base: Base): RolloutStatus {
  const phase = textAt(object, 'status', 'phase') ?? 'Unknown';
  const why = textAt(object, 'status', 'message') ?? '';
  const health = why === '' || phase === 'Healthy' ? phase : `${phase} (${why})`;
  return {
    ...base,
    ...replicas(object),
    observed: Number(textAt(object, 'status', 'observedGeneration')) || base.observed,
    total: countAt(object, 0, 'status', 'replicas'),
    paused: at(object, 'spec', 'paused') === true,
    health,
    deadlineExceeded: phase === 'Degraded' ? why || 'its controller reports Degraded' : '',
  };
}

/** A Job has no generation of its own to observe: it is there, or it is not. */
function job(object: KubeObject, base: Base): RolloutStatus {
  const active = countAt(object, 0, 'status', 'active');
  const ready = countAt(object, 0, 'status', 'ready');
  return {
    ...base,
    observed: base.generation,
    desired: active,
    total: active,
    updated: active,
    ready,
    available: ready,
    end: jobEnd(object),
  };
}

function jobEnd(object: KubeObject): JobEnd | null {
  const end = recordsAt(object, 'status', 'conditions').find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  if (!end) return null;
  const succeeded = end['type'] === 'Complete';
  return { succeeded, reason: textAt(end, 'reason') ?? '', message: textAt(end, 'message') ?? '' };
}

function cronJob(object: KubeObject, base: Base): RolloutStatus {
  const suspended = at(object, 'spec', 'suspend') === true;
  return { ...base, ...NO_PODS, observed: base.generation, suspended };
}

const NO_PODS = { desired: 0, total: 0, updated: 0, ready: 0, available: 0 };
