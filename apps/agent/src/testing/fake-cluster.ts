import type { WorkloadRef } from '@app/contracts/objects';
import { objectKey, type WorkloadKind } from '@app/contracts/objects';
import { at, countAt, recordAt } from '../inventory/core/read';
import type { JsonRecord } from '../kube/core/json';
import { withVariables } from '../kube/core/variables';
import type {
  KubeEvents,
  KubeObject,
  KubeWatches,
  KubeWorkloads,
  ObjectEvent,
  PatchAnswer,
  ResumeWrite,
  RestartWrite,
  VariableWrite,
  WatchedKind,
  WatchHandler,
} from '../kube/kube.port';
import type { KubeStore } from '../kube/store.port';

type Written = Readonly<{ metadata?: JsonRecord; [field: string]: unknown }>;

/**
 * The agent's Kubernetes ports over objects in memory: versions rise with each write of any object, a changed spec
 * raises the generation, a PATCH holds only for the version it names, a watch tells every version in order. Nothing
 * turns ready by itself: a spec decides when pods do.
 */
export class FakeCluster implements KubeWatches, KubeWorkloads, KubeStore, KubeEvents {
  readonly events: ObjectEvent[] = [];
  readonly patches: RestartWrite[] = [];
  resumes = 0;
  readonly configMaps = new Map<string, Readonly<{ part: string; data: Readonly<Record<string, string>> }>>();
  /** Answers that the next PATCHes get in the place of being carried out. */
  readonly answers: PatchAnswer[] = [];
  podsNow: readonly KubeObject[] = [];
  /** What every call to the agent's own store fails with. */
  storeFailure: Error | null = null;
  /** Called before each PATCH is carried out. */
  beforePatch: () => Promise<void> | void = () => undefined;

  readonly #objects = new Map<string, KubeObject>();
  /** Several agents may watch. */
  readonly #handlers = new Map<WatchedKind, WatchHandler[]>();
  /** What the watches of these kinds have still to tell. */
  readonly #late = new Map<WatchedKind, (() => void)[]>();
  #version = 1000;
  #uids = 0;

  start(kind: WatchedKind, handler: WatchHandler): void {
    this.#handlers.set(kind, [...(this.#handlers.get(kind) ?? []), handler]);
    this.#list(kind, handler);
  }

  end(kind: WatchedKind): void {
    this.#handlers.delete(kind);
  }

  /** The whole of one kind anew, as after a watch that was too old. */
  list(kind: WatchedKind): void {
    for (const handler of this.#handlers.get(kind) ?? []) this.#list(kind, handler);
  }

  #list(kind: WatchedKind, handler: WatchHandler): void {
    handler.listing();
    for (const [key, object] of this.#objects) if (key.startsWith(`${kind}/`)) handler.upsert(object);
    handler.synced();
  }

  /** From now on the watch of this kind lags behind the others, until it catches up. */
  lag(kind: WatchedKind): void {
    this.#late.set(kind, []);
  }

  catchUp(kind: WatchedKind): void {
    const late = this.#late.get(kind) ?? [];
    this.#late.delete(kind);
    for (const tell of late) tell();
  }

  /** Another agent process: it watches from now on, and the old one is told nothing more. */
  disconnect(): void {
    this.#handlers.clear();
  }

  status(): ReturnType<KubeWatches['status']> {
    return [...this.#handlers.keys()].map((kind) => ({ kind, synced: true, silentMs: 0, error: null }));
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  object(kind: WatchedKind, name: string, namespace = 'shop'): KubeObject | undefined {
    return this.#objects.get(objectKey({ kind, namespace, name }));
  }

  /** Creates or replaces; metadata that is not given is kept. */
  put(kind: WatchedKind, name: string, body: Written, namespace = 'shop'): KubeObject {
    const key = objectKey({ kind, namespace, name });
    const before = this.#objects.get(key);
    this.#version += 1;
    const sameSpec = JSON.stringify(before?.['spec']) === JSON.stringify(body['spec']);
    const metadata = {
      ...(before?.metadata ?? { uid: this.#nextUid(), creationTimestamp: '2026-01-01T00:00:00Z' }),
      ...body.metadata,
      name,
      namespace,
      generation: (before?.metadata.generation ?? 0) + (sameSpec ? 0 : 1),
      resourceVersion: String(this.#version),
    };
    const object = { ...body, metadata };
    this.#objects.set(key, object);
    this.#tell(kind, (handler) => handler.upsert(object));
    return object;
  }

  remove(kind: WatchedKind, name: string, namespace = 'shop'): void {
    const key = objectKey({ kind, namespace, name });
    const object = this.#objects.get(key);
    this.#objects.delete(key);
    if (!object) return;
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    this.#tell(kind, (handler) => handler.gone({ ...object, metadata }));
  }

  secret(name: string, value: string): void {
    this.put('Secret', name, { data: { value: Buffer.from(value).toString('base64') } });
  }

  /** Every pod of a Deployment runs its template. */
  settle(name: string): void {
    const object = this.object('Deployment', name);
    if (!object) throw new Error(`no Deployment ${name}`);
    const replicas = countAt(object, 1, 'spec', 'replicas');
    const observedGeneration = object.metadata.generation;
    const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
    this.put('Deployment', name, { ...object, status: { ...counts, observedGeneration } });
  }

  /** A new template is seen and its pods are not there yet. */
  progress(name: string): void {
    const object = this.object('Deployment', name);
    if (!object) throw new Error(`no Deployment ${name}`);
    const observedGeneration = object.metadata.generation;
    this.put('Deployment', name, {
      ...object,
      status: { ...recordAt(object, 'status'), updatedReplicas: 0, observedGeneration },
    });
  }

  /** The template's annotations change as by someone's hand; undefined removes. */
  annotateTemplate(name: string, annotations: Readonly<Record<string, string | undefined>>): void {
    const object = this.object('Deployment', name);
    if (object) this.put('Deployment', name, withTemplateAnnotations(object, annotations));
  }

  template(name: string, kind: WorkloadKind = 'Deployment'): Readonly<Record<string, string>> {
    return recordAt(this.object(kind, name), 'spec', 'template', 'metadata', 'annotations') as Record<string, string>;
  }

  async restart(patch: RestartWrite): Promise<PatchAnswer> {
    this.patches.push(patch);
    await this.beforePatch();
    const planned = this.answers.shift();
    if (planned) return planned;
    const { kind, namespace, name } = patch.workload;
    const object = this.object(kind, name, namespace);
    if (!object) return { kind: 'gone' };
    if (object.metadata.resourceVersion !== patch.resourceVersion) return { kind: 'conflict' };
    const wanted = Object.entries(patch.annotations).map(([key, value]) => [key, value ?? undefined] as const);
    const patched = withPause(withEnv(withTemplateAnnotations(object, Object.fromEntries(wanted)), patch.env), patch);
    return { kind: 'patched', object: this.put(kind, name, patched, namespace) };
  }

  resume({ workload, resourceVersion, annotation }: ResumeWrite): Promise<PatchAnswer> {
    this.resumes += 1;
    const { kind, namespace, name } = workload;
    const planned = this.answers.shift();
    if (planned) return Promise.resolve(planned);
    const object = this.object(kind, name, namespace);
    if (!object) return Promise.resolve({ kind: 'gone' });
    if (object.metadata.resourceVersion !== resourceVersion) return Promise.resolve({ kind: 'conflict' });
    const { [annotation]: _pausedAt, ...annotations } = object.metadata.annotations ?? {};
    const resumed = { ...object, metadata: { annotations }, spec: { ...recordAt(object, 'spec'), paused: false } };
    return Promise.resolve({ kind: 'patched', object: this.put(kind, name, resumed, namespace) });
  }

  get(workload: WorkloadRef): Promise<KubeObject | null> {
    return Promise.resolve(this.object(workload.kind, workload.name, workload.namespace) ?? null);
  }

  pods(): Promise<readonly KubeObject[]> {
    return Promise.resolve(this.podsNow);
  }

  record(event: ObjectEvent): void {
    this.events.push(event);
  }

  readConfigMaps(part: string): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    if (this.storeFailure) return Promise.reject(this.storeFailure);
    const found = [...this.configMaps].filter(([, one]) => one.part === part);
    return Promise.resolve(new Map(found.map(([name, { data }]) => [name, data])));
  }

  writeConfigMap(name: string, part: string, data: Readonly<Record<string, string>>): Promise<void> {
    if (this.storeFailure) return Promise.reject(this.storeFailure);
    this.configMaps.set(name, { part, data });
    return Promise.resolve();
  }

  readSecret(): Promise<null> {
    return Promise.resolve(null);
  }

  createSecret(_name: string, data: Readonly<Record<string, Buffer>>): Promise<Readonly<Record<string, Buffer>>> {
    return Promise.resolve(data);
  }

  updateSecret(): Promise<void> {
    return Promise.resolve();
  }

  cluster(): Promise<Readonly<{ uid: string; version: string }>> {
    return Promise.resolve({ uid: 'fake', version: 'v0.0.0' });
  }

  #tell(kind: WatchedKind, what: (handler: WatchHandler) => void): void {
    const tell = (): void => this.#handlers.get(kind)?.forEach(what);
    const late = this.#late.get(kind);
    if (late) late.push(tell);
    else tell();
  }

  #nextUid(): string {
    this.#uids += 1;
    return `uid-${this.#uids}`;
  }
}

/** A Deployment that takes its environment from a Secret, with these annotations. */
export const deployment = (
  secret: string,
  annotations: Readonly<Record<string, string>>,
  spec: JsonRecord = {},
): Written => ({
  metadata: { annotations },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'x' } },
    ...spec,
    template: {
      metadata: { labels: { app: 'x' }, annotations: {} },
      spec: { containers: [{ name: 'main', envFrom: [{ secretRef: { name: secret } }] }] },
    },
  },
});

function withPause(object: KubeObject, { pause, at: instant }: RestartWrite): KubeObject {
  if (pause === null) return object;
  const metadata = { ...object.metadata, annotations: { ...object.metadata.annotations, [pause]: instant } };
  return { ...object, metadata, spec: { ...recordAt(object, 'spec'), paused: true } };
}

function withEnv(object: KubeObject, env: readonly VariableWrite[]): KubeObject {
  const template = recordAt(object, 'spec', 'template');
  const podSpec = withVariables(recordAt(template, 'spec'), env);
  return { ...object, spec: { ...recordAt(object, 'spec'), template: { ...template, spec: podSpec } } };
}

function withTemplateAnnotations(
  object: KubeObject,
  annotations: Readonly<Record<string, string | undefined>>,
): KubeObject {
  const template = recordAt(object, 'spec', 'template');
  const merged = { ...recordAt(template, 'metadata', 'annotations'), ...annotations };
  const kept = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
  const metadata = { ...recordAt(template, 'metadata'), annotations: kept };
  const spec = { ...recordAt(object, 'spec'), template: { ...template, metadata } };
  return { ...object, spec, ...(at(object, 'status') ? { status: object['status'] } : {}) };
}
