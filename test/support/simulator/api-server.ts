import { randomUUID } from 'node:crypto';
import { type SimulatorClock, timestamp } from './clock';
import { alreadyExists, badRequest, conflict, internal, invalid, notFound } from './errors';
import { decodingProblem, validate } from './validation';
import { recordWriter, type Writer } from './managed-fields';
import { isJsonObject, type JsonObject, type KubeObject, type ObjectMeta, randomSuffix, sameJson } from './objects';
import { apiVersionOf, NAMESPACES, PODS, type Resource } from './resources';
import type { Store } from './store';
import { withDefaults } from './defaults';

/** Which object is meant. */
export interface Target {
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** What a deletion insists on. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/**
 * What a Kubernetes API server does with objects, without the transport: names, defaults, validation, optimistic locking,
 * generation, field managers. Every refusal is an `ApiError`. All of it is synchronous, so a write is never half done.
 */
export class ApiServer {
  constructor(
    readonly store: Store,
    private readonly clock: SimulatorClock,
  ) {}

  get({ resource, namespace, name }: Target): KubeObject {
    const object = this.store.get(resource, namespace, name);
    if (!object) throw notFound(resource, name);
    return object;
  }

  create(resource: Resource, namespace: string | undefined, given: JsonObject, writer: Writer): KubeObject {
    const problem = decodingProblem(resource, given);
    if (problem) throw badRequest(`${resource.kind} in version "${resource.version}" cannot be handled: ${problem}`);
    const metadata = this.newMetadata(resource, namespace, given);
    const fresh = { ...given, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata } as KubeObject;
    const object = withDefaults(resource, withInitialStatus(resource, fresh));
    validate(resource, object);
    this.requireNamespace(resource, namespace);
    if (this.store.get(resource, namespace, metadata.name)) throw alreadyExists(resource, metadata.name);
    return this.store.put(resource, this.signed(undefined, object, writer));
  }

  /** PUT. Without a resourceVersion in the object it overwrites whatever is there. */
  replace(target: Target, given: JsonObject, writer: Writer): KubeObject {
    const before = this.get(target);
    const problem = decodingProblem(target.resource, given);
    if (problem) throw badRequest(`${target.resource.kind} cannot be handled: ${problem}`);
    const { uid } = (given.metadata ?? {}) as Partial<ObjectMeta>;
    if (uid !== undefined && uid !== before.metadata.uid) {
      throw conflict(target.resource, target.name, `Precondition failed: UID in precondition: ${uid}`);
    }
    return this.write(target, before, given as unknown as KubeObject, writer);
  }

  /** PATCH, whatever its kind: `apply` makes the wanted object from the current one. */
  patch(target: Target, apply: (current: KubeObject) => unknown, writer: Writer): KubeObject {
    const before = this.get(target);
    const patched = apply(before);
    if (!isJsonObject(patched)) throw badRequest('the patch does not leave an object');
    const problem = decodingProblem(target.resource, patched);
    if (problem)
      throw invalid('', '', [{ reason: 'FieldValueInvalid', message: `Invalid value: ${problem}`, field: 'patch' }]);
    return this.write(target, before, patched as unknown as KubeObject, writer);
  }

  /** Returns the last state. An object with finalizers is only marked, until the last finalizer is gone. */
  delete(target: Target, preconditions: Preconditions = {}): KubeObject {
    const { resource, namespace, name } = target;
    const { metadata, ...rest } = this.get(target);
    for (const [field, label] of [
      ['uid', 'UID'],
      ['resourceVersion', 'ResourceVersion'],
    ] as const) {
      const asked = preconditions[field];
      if (asked === undefined || asked === metadata[field]) continue;
      throw conflict(
        resource,
        name,
        `the ${label} in the precondition (${asked}) does not match the ${label} in record`,
      );
    }
    if ((metadata.finalizers ?? []).length === 0) return this.store.remove(resource, namespace, name) as KubeObject;
    const deletionTimestamp = metadata.deletionTimestamp ?? timestamp(this.clock.now());
    return this.store.put(resource, { ...rest, metadata: { ...metadata, deletionTimestamp } });
  }

  private write(target: Target, before: KubeObject, given: KubeObject, writer: Writer): KubeObject {
    const { resource, namespace, name } = target;
    checkIdentity(target, before, given);
    const object = withDefaults(resource, merged(resource, before, { given, writer }));
    validate(resource, object, before);
    if (sameJson(object, before)) return before;
    const stored = this.store.put(
      resource,
      this.signed(before, writer.subresource ? object : raised(resource, object, before), writer),
    );
    const leaving = stored.metadata.deletionTimestamp && (stored.metadata.finalizers ?? []).length === 0;
    return leaving ? (this.store.remove(resource, namespace, name) as KubeObject) : stored;
  }

  private signed(before: KubeObject | undefined, object: KubeObject, writer: Writer): KubeObject {
    const managedFields = recordWriter(before, object, { ...writer, time: timestamp(this.clock.now()) });
    return { ...object, metadata: { ...object.metadata, managedFields } };
  }

  private newMetadata(resource: Resource, namespace: string | undefined, given: JsonObject): ObjectMeta {
    const { managedFields: _managedFields, ...metadata } = (given.metadata ?? {}) as ObjectMeta;
    if (metadata.resourceVersion) throw internal('resourceVersion should not be set on objects to be created');
    if (namespace !== undefined && metadata.namespace !== undefined && metadata.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    const name = metadata.name ?? (metadata.generateName ? `${metadata.generateName}${randomSuffix()}` : '');
    return {
      ...metadata,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: randomUUID(),
      creationTimestamp: timestamp(this.clock.now()),
      ...(resource.generation === 'never' ? {} : { generation: 1 }),
    };
  }

  private requireNamespace(resource: Resource, namespace: string | undefined): void {
    if (!resource.namespaced || namespace === undefined) return;
    if (!this.store.get(NAMESPACES, undefined, namespace)) throw notFound(NAMESPACES, namespace);
  }
}

function checkIdentity({ resource, name, namespace }: Target, before: KubeObject, given: KubeObject): void {
  const metadata: Partial<ObjectMeta> = given.metadata ?? {};
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the object does not match the namespace on the URL');
  }
  const asked = metadata.resourceVersion;
  if (asked === undefined || asked === '' || asked === before.metadata.resourceVersion) return;
  if (!/^\d+$/.test(asked)) throw internal(`strconv.ParseUint: parsing "${asked}": invalid syntax`);
  throw conflict(resource, name);
}

/** What may be written through this door: the status through its subresource, all else through the object itself. */
function merged(
  resource: Resource,
  before: KubeObject,
  { given, writer }: { readonly given: KubeObject; readonly writer: Writer },
): KubeObject {
  const { metadata } = before;
  const { name, namespace, creationTimestamp, deletionTimestamp, generation, resourceVersion } = metadata;
  const server = { name, namespace, creationTimestamp, deletionTimestamp, generation, resourceVersion };
  const uid = given.metadata?.uid ?? metadata.uid;
  const own = { ...given.metadata, ...server, uid, managedFields: metadata.managedFields };
  const kept = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const head = { apiVersion: before.apiVersion, kind: before.kind };
  if (writer.subresource === 'status') {
    const { labels } = metadata;
    const own = { ...kept, labels } as unknown as ObjectMeta;
    return { ...before, ...head, metadata: own, status: given.status };
  }
  const object = { ...given, ...head, metadata: kept as unknown as ObjectMeta };
  return resource.status ? { ...object, status: before.status } : object;
}

const withInitialStatus = (resource: Resource, object: KubeObject): KubeObject => {
  if (!resource.status) return object;
  if (resource === PODS) return { ...object, status: { phase: 'Pending', qosClass: 'BestEffort' } };
  return { ...object, status: resource === NAMESPACES ? { phase: 'Active' } : {} };
};

function raised(resource: Resource, object: KubeObject, before: KubeObject): KubeObject {
  const annotations = [object, before].map(({ metadata }) => metadata.annotations ?? {});
  const annotated = resource.generation === 'spec-or-annotations' && !sameJson(annotations[0], annotations[1]);
  if (resource.generation === 'never' || (!annotated && sameJson(object.spec, before.spec))) return object;
  const generation = (before.metadata.generation ?? 0) + 1;
  return { ...object, metadata: { ...object.metadata, generation } };
}
