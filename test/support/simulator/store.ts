import { expired } from './errors';
import type { KubeObject } from './objects';
import type { Resource } from './resources';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One write: what the object was and is. For `DELETED`, `object` is its last state under the version of the deletion. */
export interface StoreEvent {
  readonly version: number;
  readonly resource: Resource;
  readonly type: ChangeType;
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

type Listener = (event: StoreEvent) => void;
type Objects = Map<string, KubeObject>;

/** How many writes stay readable for watches and exact lists; older ones are compacted away. */
const HISTORY_LIMIT = 2_000;

const keyOf = (metadata: { readonly namespace?: string; readonly name: string }): string =>
  `${metadata.namespace ?? ''}/${metadata.name}`;

/**
 * The objects of one cluster and its recent history. One version counts all writes of the cluster, as etcd does.
 * It checks nothing: what may be written is decided before.
 */
export class Store {
  private readonly objects = new Map<string, Objects>();
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly watchers = new Set<Listener>();
  private history: StoreEvent[] = [];
  private current = 1;
  private floor = 1;

  /** The version of the last write. */
  get version(): number {
    return this.current;
  }

  /** The oldest version from which a watch may still start. */
  get oldest(): number {
    return this.floor;
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.objects.get(resource.storageKey)?.get(`${namespace ?? ''}/${name}`);
  }

  /** Objects in the order of namespace and name; all namespaces without one. */
  list(resource: Resource, namespace?: string): KubeObject[] {
    return sorted(this.objects.get(resource.storageKey) ?? new Map<string, KubeObject>(), namespace);
  }

  /** The objects as they were at a version. Throws 410 when that has been compacted. */
  listAt(resource: Resource, version: number, namespace?: string): KubeObject[] {
    if (version < this.floor) throw expired(`The resourceVersion ${version} is too old; list again.`);
    const past: Objects = new Map(this.objects.get(resource.storageKey));
    for (const event of this.eventsSince(resource, version).reverse()) {
      if (event.previous) past.set(keyOf(event.object.metadata), event.previous);
      else past.delete(keyOf(event.object.metadata));
    }
    return sorted(past, namespace);
  }

  /** The writes after a version, oldest first. Throws 410 when some of them have been compacted. */
  eventsSince(resource: Resource, version: number): StoreEvent[] {
    if (version < this.floor) throw expired(`too old resource version: ${version} (${this.floor})`);
    const start = this.history.findIndex((event) => event.version > version);
    if (start < 0) return [];
    return this.history.slice(start).filter((event) => event.resource.storageKey === resource.storageKey);
  }

  /** Writes a new or changed object and returns it with its version. */
  put(resource: Resource, object: KubeObject): KubeObject {
    const objects = this.objectsOf(resource);
    const key = keyOf(object.metadata);
    const previous = objects.get(key);
    const stored = this.stamp(object);
    objects.set(key, stored);
    const type = previous ? 'MODIFIED' : 'ADDED';
    this.record({ version: this.current, resource, type, object: stored, ...(previous ? { previous } : {}) });
    return stored;
  }

  /** Deletes an object and returns its last state, or undefined when there was none. */
  remove(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    const previous = this.get(resource, namespace, name);
    if (!previous) return undefined;
    this.objectsOf(resource).delete(keyOf(previous.metadata));
    const object = this.stamp(previous);
    this.record({ version: this.current, resource, type: 'DELETED', object, previous });
    return object;
  }

  /** Keeps what there is now. @returns how to put it back in place, as etcd does: with the versions of that time. */
  backup(): () => void {
    const [version, copies] = [
      this.current,
      [...this.objects].map(([key, objects]) => [key, new Map(objects)] as const),
    ];
    return () => {
      this.objects.clear();
      for (const [key, objects] of copies) this.objects.set(key, new Map(objects));
      this.current = version;
      this.compact();
    };
  }

  /** Forgets the history: every version before the current one answers 410 from now on. */
  compact(): void {
    this.history = [];
    this.floor = this.current;
  }

  /** Calls `listener` after each write; to one resource, or to all of them. Returns how to stop. */
  subscribe(listener: Listener, resource?: Resource): () => void {
    const set = resource ? this.listenersOf(resource) : this.watchers;
    set.add(listener);
    return () => set.delete(listener);
  }

  private stamp(object: KubeObject): KubeObject {
    this.current += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.current) } };
  }

  private record(event: StoreEvent): void {
    this.history.push(event);
    if (this.history.length > 2 * HISTORY_LIMIT) {
      this.history = this.history.slice(-HISTORY_LIMIT);
      this.floor = (this.history[0]?.version ?? this.current) - 1;
    }
    for (const listener of [...this.listenersOf(event.resource), ...this.watchers]) listener(event);
  }

  private objectsOf({ storageKey }: Resource): Objects {
    const known = this.objects.get(storageKey);
    if (known) return known;
    const objects: Objects = new Map();
    this.objects.set(storageKey, objects);
    return objects;
  }

  private listenersOf({ storageKey }: Resource): Set<Listener> {
    const known = this.listeners.get(storageKey);
    if (known) return known;
    const listeners = new Set<Listener>();
    this.listeners.set(storageKey, listeners);
    return listeners;
  }
}

function sorted(objects: ReadonlyMap<string, KubeObject>, namespace: string | undefined): KubeObject[] {
  const chosen = [...objects].filter(
    ([, object]) => namespace === undefined || object.metadata.namespace === namespace,
  );
  return chosen.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}
