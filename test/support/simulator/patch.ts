import { badRequest } from './errors';
import { isJsonObject, type JsonObject, sameJson } from './objects';

/** RFC 7386: null removes a key, objects merge, all else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** Lists that merge item by item, and the key that identifies an item. All other lists are replaced whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  conditions: 'type',
  ownerReferences: 'uid',
};

/** Kubernetes' strategic merge for the lists of a workload; `$patch` and `$setElementOrder` directives are understood. */
export function strategicMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  const result: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(withoutDirectives(patch))) {
    const mergeKey = MERGE_KEYS[key];
    if (value === null) delete result[key];
    else if (Array.isArray(value) && mergeKey) result[key] = mergeList(result[key], value, mergeKey);
    else result[key] = strategicMergePatch(result[key], value);
  }
  return result;
}

const withoutDirectives = (patch: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));

function mergeList(target: unknown, patch: readonly unknown[], mergeKey: string): unknown[] {
  const result: unknown[] = Array.isArray(target) ? [...(target as unknown[])] : [];
  for (const item of patch) {
    const identity = isJsonObject(item) ? item[mergeKey] : undefined;
    const index = result.findIndex((known) => isJsonObject(known) && known[mergeKey] === identity);
    if (isJsonObject(item) && item.$patch === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicMergePatch(result[index], item);
    else result.push(strategicMergePatch({}, item));
  }
  return result;
}

/** RFC 6902. Throws 400 for an unknown operation or a path that does not exist. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw badRequest('a JSON patch is a list of operations');
  return (operations as unknown[]).reduce(applyOperation, structuredClone(target));
}

function applyOperation(target: unknown, operation: unknown): unknown {
  if (!isJsonObject(operation)) throw badRequest('a JSON patch operation is an object');
  const { op, path, from, value } = operation;
  switch (op) {
    case 'add':
    case 'replace':
      return withPointer(target, pointer(path), { set: value, insert: op === 'add' });
    case 'remove':
      return withPointer(target, pointer(path), 'remove');
    case 'test':
      if (sameJson(read(target, pointer(path)), value)) return target;
      throw badRequest(`the test of "${String(path)}" failed`);
    case 'copy':
      return withPointer(target, pointer(path), { set: read(target, pointer(from)), insert: true });
    case 'move': {
      const moved = read(target, pointer(from));
      const without = withPointer(target, pointer(from), 'remove');
      return withPointer(without, pointer(path), { set: moved, insert: true });
    }
    default:
      throw badRequest(`unexpected kind of JSON patch operation: ${String(op)}`);
  }
}

function pointer(path: unknown): string[] {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) throw badRequest('malformed JSON pointer');
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const read = (target: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return (value as unknown[])[Number(key)];
    return isJsonObject(value) ? value[key] : undefined;
  }, target);

type Change = 'remove' | { readonly set: unknown; readonly insert: boolean };

function withPointer(target: unknown, path: readonly string[], change: Change): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change === 'remove' ? null : change.set;
  if (Array.isArray(target)) return withIndex(target as unknown[], key, { rest, change });
  if (!isJsonObject(target)) throw badRequest(`the path "/${path.join('/')}" does not exist`);
  if (rest.length > 0) return { ...target, [key]: withPointer(target[key], rest, change) };
  if (change !== 'remove') return { ...target, [key]: change.set };
  if (!(key in target)) throw badRequest(`the path "/${key}" does not exist`);
  return Object.fromEntries(Object.entries(target).filter(([other]) => other !== key));
}

function withIndex(
  list: readonly unknown[],
  key: string,
  at: { readonly rest: readonly string[]; readonly change: Change },
): unknown[] {
  const { rest, change } = at;
  const index = key === '-' ? list.length : Number(key);
  if (!Number.isInteger(index) || index < 0 || index > list.length) throw badRequest(`no index "${key}" in the list`);
  if (rest.length > 0) return list.with(index, withPointer(list[index], rest, change));
  if (change === 'remove') return list.toSpliced(index, 1);
  return change.insert ? list.toSpliced(index, 0, change.set) : list.with(index, change.set);
}
