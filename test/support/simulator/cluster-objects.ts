import type { ApiServer } from './api-server';
import { ApiError } from './errors';
import { configMap, secret, workload, type WorkloadOptions } from './manifests';
import type { JsonObject, KubeObject } from './objects';
import { mergePatch } from './patch';
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  NAMESPACES,
  PODS,
  REPLICA_SETS,
  type Resource,
  resourceOf,
  SECRETS,
  STATEFUL_SETS,
} from './resources';
import type { DaemonSet, Deployment, Pod, ReplicaSet, StatefulSet } from './workload-types';

const WRITER = { manager: 'test' };

/** Makes and reads the objects of one cluster in process: what `kubectl` does for a person, without HTTP and without faults. */
export class ClusterObjects {
  constructor(private readonly api: ApiServer) {}

  /** Creates the namespace unless it exists. */
  namespace(name: string): KubeObject {
    const known = this.api.store.get(NAMESPACES, undefined, name);
    return known ?? this.api.create(NAMESPACES, undefined, { metadata: { name } }, WRITER);
  }

  createDeployment(namespace: string, name: string, options: WorkloadOptions = {}): Deployment {
    return this.apply(workload('Deployment', namespace, name, options)) as Deployment;
  }

  createStatefulSet(namespace: string, name: string, options: WorkloadOptions = {}): StatefulSet {
    return this.apply(workload('StatefulSet', namespace, name, options)) as StatefulSet;
  }

  createDaemonSet(namespace: string, name: string, options: WorkloadOptions = {}): DaemonSet {
    return this.apply(workload('DaemonSet', namespace, name, options)) as DaemonSet;
  }

  setConfigMap(namespace: string, name: string, data: Readonly<Record<string, string>>): KubeObject {
    return this.apply(configMap(namespace, name, data));
  }

  /** `content` in plain text. */
  setSecret(namespace: string, name: string, content: Readonly<Record<string, string>>): KubeObject {
    return this.apply(secret(namespace, name, content));
  }

  /** Creates the object with its namespace, or replaces it. Throws `ApiError` when it is invalid. */
  apply(object: KubeObject): KubeObject {
    const resource = resourceOf(object);
    if (!resource) throw new Error(`the simulator knows no ${object.kind} of ${object.apiVersion}`);
    const { namespace, name } = object.metadata;
    if (namespace !== undefined) this.namespace(namespace);
    const given = object as KubeObject & JsonObject;
    const exists = this.api.store.get(resource, namespace, name) !== undefined;
    return exists
      ? this.api.replace({ resource, namespace, name }, given, WRITER)
      : this.api.create(resource, namespace, given, WRITER);
  }

  /** Merge-patches an object. Throws `ApiError` when there is none. */
  patch(resource: Resource, namespace: string | undefined, name: string, change: JsonObject): KubeObject {
    return this.api.patch({ resource, namespace, name }, (current) => mergePatch(current, change), WRITER);
  }

  /** Deletes an object; false when there was none. */
  delete(resource: Resource, namespace: string | undefined, name: string): boolean {
    try {
      this.api.delete({ resource, namespace, name });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status.code === 404) return false;
      throw error;
    }
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.api.store.get(resource, namespace, name);
  }

  list(resource: Resource, namespace?: string): KubeObject[] {
    return this.api.store.list(resource, namespace);
  }

  configMap = (namespace: string, name: string) => this.get(CONFIG_MAPS, namespace, name);
  secret = (namespace: string, name: string) => this.get(SECRETS, namespace, name);
  deployment = (namespace: string, name: string) => this.get(DEPLOYMENTS, namespace, name) as Deployment | undefined;
  statefulSet = (namespace: string, name: string) =>
    this.get(STATEFUL_SETS, namespace, name) as StatefulSet | undefined;
  daemonSet = (namespace: string, name: string) => this.get(DAEMON_SETS, namespace, name) as DaemonSet | undefined;

  /** The ReplicaSets of a Deployment, in the order of their names: one more than before for each restart. */
  replicaSetsOf(namespace: string, deployment: string): ReplicaSet[] {
    return this.ownedBy(REPLICA_SETS, namespace, deployment) as ReplicaSet[];
  }

  /** The pods that a ReplicaSet, StatefulSet or DaemonSet of this name owns. */
  podsOf(namespace: string, owner: string): Pod[] {
    return this.ownedBy(PODS, namespace, owner) as Pod[];
  }

  private ownedBy(resource: Resource, namespace: string, owner: string): KubeObject[] {
    return this.list(resource, namespace).filter(({ metadata }) =>
      metadata.ownerReferences?.some((reference) => reference.name === owner),
    );
  }
}
