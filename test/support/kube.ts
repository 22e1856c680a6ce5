import { ApiException, AppsV1Api, BatchV1Api, CoreV1Api } from '@kubernetes/client-node';
import type {
  V1Deployment,
  V1PodTemplateSpec,
  V1ReplicaSet,
  V1StatefulSet,
  V1DaemonSet,
} from '@kubernetes/client-node';
import type { Cluster } from './control-plane/cluster';
import { ClusterConfig } from './cluster-config';
import { podTemplate } from './pod-template';
import type { PodOptions } from './pod-template';
import { waitFor } from './wait';

export interface WorkloadOptions extends PodOptions {
  /** On the workload itself. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly replicas?: number;
}

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

/** A namespaced name. */
export interface Name {
  readonly namespace: string;
  readonly name: string;
}

/** What tests and demos do to a cluster and want to know of it, as its administrator. */
export class KubeClient {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;

  constructor(cluster: Pick<Cluster, 'kubeconfigPath'>) {
    const config = new ClusterConfig(cluster);
    this.core = config.makeApiClient(CoreV1Api);
    this.apps = config.makeApiClient(AppsV1Api);
    this.batch = config.makeApiClient(BatchV1Api);
  }

  async ensureNamespace(name: string): Promise<void> {
    try {
      await this.core.createNamespace({ body: { metadata: { name } } });
    } catch (error) {
      if (!hasStatus(error, 409)) throw error;
    }
  }

  /** Creates the Secret or gives it this content, whole. */
  async putSecret({ namespace, name }: Name, stringData: Readonly<Record<string, string>>): Promise<void> {
    const body = { metadata: { name, namespace }, stringData: { ...stringData } };
    try {
      await this.core.replaceNamespacedSecret({ namespace, name, body });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      await this.core.createNamespacedSecret({ namespace, body });
    }
  }

  /** Creates the ConfigMap or gives it this content, whole. */
  async putConfigMap({ namespace, name }: Name, data: Readonly<Record<string, string>>): Promise<void> {
    const body = { metadata: { name, namespace }, data: { ...data } };
    try {
      await this.core.replaceNamespacedConfigMap({ namespace, name, body });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      await this.core.createNamespacedConfigMap({ namespace, body });
    }
  }

  createDeployment(where: Name, options: WorkloadOptions = {}): Promise<V1Deployment> {
    const spec = { replicas: options.replicas ?? 1, ...selected(where, options) };
    const body = { metadata: metadata(where, options), spec };
    return this.apps.createNamespacedDeployment({ namespace: where.namespace, body });
  }

  createStatefulSet(where: Name, options: WorkloadOptions = {}): Promise<V1StatefulSet> {
    const spec = { serviceName: where.name, replicas: options.replicas ?? 1, ...selected(where, options) };
    const body = { metadata: metadata(where, options), spec };
    return this.apps.createNamespacedStatefulSet({ namespace: where.namespace, body });
  }

  createDaemonSet(where: Name, options: WorkloadOptions = {}): Promise<V1DaemonSet> {
    const body = { metadata: metadata(where, options), spec: selected(where, options) };
    return this.apps.createNamespacedDaemonSet({ namespace: where.namespace, body });
  }

  read(kind: WorkloadKind, where: Name): Promise<V1Deployment | V1StatefulSet | V1DaemonSet> {
    switch (kind) {
      case 'Deployment':
        return this.apps.readNamespacedDeployment({ ...where });
      case 'StatefulSet':
        return this.apps.readNamespacedStatefulSet({ ...where });
      case 'DaemonSet':
        return this.apps.readNamespacedDaemonSet({ ...where });
    }
  }

  /** The annotations of the workload's pod template, where restarts leave their trace. */
  async podAnnotations(kind: WorkloadKind, where: Name): Promise<Record<string, string>> {
    return (await this.read(kind, where)).spec?.template.metadata?.annotations ?? {};
  }

  /** The Deployment's ReplicaSets, oldest first: one for each pod template that it ever had. */
  async replicaSets({ namespace, name }: Name): Promise<V1ReplicaSet[]> {
    const { items } = await this.apps.listNamespacedReplicaSet({ namespace });
    const own = items.filter((set) => (set.metadata?.ownerReferences ?? []).some((owner) => owner.name === name));
    return own.sort((a, b) => createdAt(a) - createdAt(b) || revisionOf(a) - revisionOf(b));
  }

  /** Waits until the workload's controller has seen its present form and all pods of that form are ready. */
  async untilRolledOut(kind: WorkloadKind, where: Name, timeoutMs = 30_000): Promise<void> {
    const what = `${kind} ${where.namespace}/${where.name} to be rolled out`;
    await waitFor(what, async () => isRolledOut(await this.read(kind, where)), { timeoutMs, intervalMs: 100 });
  }
}

/** Whether a call failed with this HTTP status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof ApiException && error.code === status;
}

function metadata({ namespace, name }: Name, options: WorkloadOptions): NonNullable<V1Deployment['metadata']> {
  return { namespace, name, annotations: { ...options.annotations }, labels: { ...options.labels } };
}

function selected(
  { name }: Name,
  options: WorkloadOptions,
): { selector: { matchLabels: Record<string, string> }; template: V1PodTemplateSpec } {
  return { selector: { matchLabels: { app: name } }, template: podTemplate({ app: name }, options) };
}

function createdAt(set: V1ReplicaSet): number {
  return set.metadata?.creationTimestamp?.getTime() ?? 0;
}

/** Several ReplicaSets may be made within the second that a timestamp holds. */
function revisionOf(set: V1ReplicaSet): number {
  return Number(set.metadata?.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
}

function isRolledOut(workload: V1Deployment | V1StatefulSet | V1DaemonSet): boolean {
  const { status, metadata: meta } = workload;
  if (!status || (status.observedGeneration ?? 0) < (meta?.generation ?? 0)) return false;
  if ('desiredNumberScheduled' in status) {
    return areAll(status.desiredNumberScheduled, status.updatedNumberScheduled, status.numberReady);
  }
  const { replicas, updatedReplicas, readyReplicas } = status as NonNullable<V1Deployment['status']>;
  const { replicas: wanted = 1 } = workload.spec as NonNullable<V1Deployment['spec']>;
  return areAll(wanted, replicas, updatedReplicas, readyReplicas);
}

/** A count that the API server leaves out is zero. */
function areAll(wanted: number, ...counts: readonly (number | undefined)[]): boolean {
  return counts.every((count = 0) => count === wanted);
}
