import { isRecord, type JsonRecord } from '../../kube/core/json';

const EMPTY: JsonRecord = Object.freeze({});

/** The value under a path of field names; undefined where any step is missing or no object. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const field of path) here = isRecord(here) ? here[field] : undefined;
  return here;
}

/** The object under a path; an empty one where there is none. */
export function recordAt(value: unknown, ...path: readonly string[]): JsonRecord {
  const found = at(value, ...path);
  return isRecord(found) ? found : EMPTY;
}

/** The objects of the array under a path; anything else in it is left out. */
export function recordsAt(value: unknown, ...path: readonly string[]): readonly JsonRecord[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isRecord) : [];
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The whole, non-negative number under a path, or `otherwise`. */
export function countAt(value: unknown, otherwise: number, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isInteger(found) && found >= 0 ? found : otherwise;
}
