import { isJsonObject, type JsonObject, type KubeObject, type ManagedFieldsEntry, sameJson } from './objects';

/** Who writes: the field manager, and the subresource written through, if any. */
export interface Writer {
  readonly manager: string;
  readonly subresource?: string;
}

/** Fields that belong to the server and never appear in `managedFields`. */
const SERVER_FIELDS = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'managedFields',
]);

type Fields = Record<string, unknown>;

const ownable = (object: KubeObject): JsonObject => {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object as KubeObject & JsonObject;
  const own = Object.entries(metadata).filter(([key]) => !SERVER_FIELDS.has(key));
  return { ...rest, metadata: Object.fromEntries(own) };
};

/** The fields that are new or different in `after`. Lists count as one field. */
function changedFields(before: unknown, after: JsonObject): Fields {
  const fields: Fields = {};
  const old = isJsonObject(before) ? before : {};
  for (const [key, value] of Object.entries(after)) {
    if (sameJson(old[key], value)) continue;
    if (isJsonObject(value) && Object.keys(value).length > 0) {
      const inner = changedFields(old[key], value);
      if (Object.keys(inner).length === 0) continue; // something was only removed
      fields[`f:${key}`] = key !== 'metadata' && old[key] === undefined ? { '.': {}, ...inner } : inner;
    } else fields[`f:${key}`] = {};
  }
  return fields;
}

/** What stays of `fields` once `taken` belongs to somebody else, and what is gone from the object is forgotten. */
function remaining(fields: JsonObject, taken: JsonObject, object: unknown): Fields {
  const result: Fields = {};
  for (const [key, inner] of Object.entries(fields)) {
    const value = isJsonObject(object) ? object[key.slice(2)] : undefined;
    if (key !== '.' && value === undefined) continue;
    const took = taken[key];
    if (!isJsonObject(inner) || Object.keys(inner).length === 0) {
      if (took === undefined) result[key] = inner;
      continue;
    }
    const rest = remaining(inner, isJsonObject(took) ? took : {}, value);
    if (Object.keys(rest).length > 0) result[key] = rest;
  }
  return result;
}

function union(a: JsonObject, b: JsonObject): Fields {
  const result: Fields = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const known = result[key];
    result[key] = isJsonObject(known) && isJsonObject(value) ? union(known, value) : value;
  }
  return result;
}

/**
 * The `managedFields` of `after`: what this write changed belongs to its writer, and to nobody else any more.
 * An entry that owns nothing disappears. The time of an entry is that of its manager's last change.
 */
export function recordWriter(
  before: KubeObject | undefined,
  after: KubeObject,
  write: Writer & { readonly time: string },
): ManagedFieldsEntry[] {
  const { manager, subresource, time } = write;
  const object = ownable(after);
  const changed = changedFields(before ? ownable(before) : {}, object);
  const known = before?.metadata.managedFields ?? [];
  const isOwn = (entry: ManagedFieldsEntry) =>
    entry.manager === manager && entry.subresource === subresource && entry.apiVersion === after.apiVersion;
  const own = known.find(isOwn);
  const kept = known
    .filter((entry) => !isOwn(entry))
    .map((entry) => ({ ...entry, fieldsV1: remaining(entry.fieldsV1, changed, object) }));
  const mine: ManagedFieldsEntry = {
    manager,
    operation: 'Update',
    apiVersion: after.apiVersion,
    time: Object.keys(changed).length > 0 || !own ? time : own.time,
    fieldsType: 'FieldsV1',
    fieldsV1: union(remaining(own?.fieldsV1 ?? {}, {}, object), changed),
    ...(subresource ? { subresource } : {}),
  };
  return [...kept, mine]
    .filter((entry) => Object.keys(entry.fieldsV1).length > 0)
    .sort((a, b) => a.time.localeCompare(b.time) || a.manager.localeCompare(b.manager));
}
