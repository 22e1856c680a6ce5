import type { ApiServer, Target } from '../api-server';
import { type SimulatorClock, timestamp } from '../clock';
import type { JsonObject, KubeObject, ObjectMeta, OwnerReference } from '../objects';
import { type Resource, resourceOf } from '../resources';
import type { StoreEvent } from '../store';

const MANAGER = 'kube-controller-manager';
const KUBELET = 'kubelet';

const targetOf = (resource: Resource, { namespace, name }: ObjectMeta): Target => ({ resource, namespace, name });

/** What the fake controllers see of their cluster: who owns what, the time, and how to write. */
export class ControllerContext {
  private readonly dependents = new Map<string, Map<string, Target>>();

  constructor(
    readonly api: ApiServer,
    readonly clock: SimulatorClock,
    /** Looks at a workload again after so many milliseconds. */
    readonly wakeAfter: (workload: KubeObject, ms: number) => void,
  ) {}

  /** Keeps track of owners; to be told of every write. */
  observe({ type, resource, object }: StoreEvent): void {
    if (type === 'MODIFIED') return;
    const { uid = '' } = object.metadata;
    for (const owner of object.metadata.ownerReferences ?? []) {
      const owned = this.dependents.get(owner.uid) ?? new Map<string, Target>();
      if (type === 'ADDED') owned.set(uid, targetOf(resource, object.metadata));
      else owned.delete(uid);
      if (owned.size > 0) this.dependents.set(owner.uid, owned);
      else this.dependents.delete(owner.uid);
    }
  }

  /** What names `uid` as its owner. */
  dependentsOf(uid: string): Target[] {
    return [...(this.dependents.get(uid)?.values() ?? [])];
  }

  /** The objects of one resource that `owner` owns, oldest first. */
  owned<T extends KubeObject>(owner: KubeObject, resource: Resource): T[] {
    const targets = this.dependentsOf(owner.metadata.uid ?? '').filter((target) => target.resource === resource);
    return targets.flatMap(
      ({ namespace, name }) => (this.api.store.get(resource, namespace, name) as T | undefined) ?? [],
    );
  }

  /** The object as it is now, or undefined when it is gone. */
  latest<T extends KubeObject>(object: T): T | undefined {
    const resource = resourceOf(object);
    const { namespace, name } = object.metadata;
    return resource && (this.api.store.get(resource, namespace, name) as T | undefined);
  }

  create<T extends KubeObject>(resource: Resource, owner: KubeObject, object: JsonObject): T {
    const { metadata } = object as { readonly metadata: ObjectMeta };
    const owned = { ...object, metadata: { ...metadata, ownerReferences: [ownerReference(owner)] } };
    return this.api.create(resource, owner.metadata.namespace, owned, { manager: MANAGER }) as T;
  }

  /** Replaces the object's metadata and spec. */
  update<T extends KubeObject>(resource: Resource, object: T): T {
    return this.api.replace(targetOf(resource, object.metadata), json(object), { manager: MANAGER }) as T;
  }

  /** Writes the status, and annotations when they differ; writes nothing when all is as it was. */
  updateStatus<T extends KubeObject>(resource: Resource, object: T, status: NonNullable<T['status']>): void {
    const writer = { manager: MANAGER, subresource: 'status' };
    this.api.replace(targetOf(resource, object.metadata), json({ ...object, status }), writer);
  }

  /** Writes the status of a pod, as the kubelet of its node. */
  updatePodStatus(resource: Resource, pod: KubeObject, status: JsonObject): void {
    const writer = { manager: KUBELET, subresource: 'status' };
    this.api.replace(targetOf(resource, pod.metadata), json({ ...pod, status }), writer);
  }

  delete(resource: Resource, object: KubeObject): void {
    this.remove(targetOf(resource, object.metadata));
  }

  /** Deletes what is there; nothing happens when it is gone already. */
  remove(target: Target): void {
    if (this.api.store.get(target.resource, target.namespace, target.name)) this.api.delete(target);
  }

  now(): string {
    return timestamp(this.clock.now());
  }
}

/** The current version is always meant: controllers read and write without a pause in between. */
function json(object: KubeObject): JsonObject {
  const { resourceVersion: _resourceVersion, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const ownerReference = ({ apiVersion, kind, metadata }: KubeObject): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});
