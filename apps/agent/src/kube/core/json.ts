import type { KubeObject } from '../kube.port';

export type JsonRecord = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object in a field; an empty one where there is none. */
export function part(value: unknown, field: string): JsonRecord {
  const found = isRecord(value) ? value[field] : undefined;
  return isRecord(found) ? found : {};
}

/** True for JSON that carries the identity every stored Kubernetes object has. */
export function isKubeObject(value: unknown): value is KubeObject {
  if (!isRecord(value) || !isRecord(value['metadata'])) return false;
  const { name, uid, resourceVersion } = value['metadata'];
  return typeof name === 'string' && typeof uid === 'string' && typeof resourceVersion === 'string';
}

/** The objects of a list body, its resourceVersion, and where the next page begins; null when it is no list. */
export function readList(
  body: unknown,
): Readonly<{ items: readonly KubeObject[]; resourceVersion: string; next: string | null }> | null {
  if (!isRecord(body) || !Array.isArray(body['items']) || !isRecord(body['metadata'])) return null;
  const { resourceVersion, continue: next } = body['metadata'];
  if (typeof resourceVersion !== 'string' || !body['items'].every(isKubeObject)) return null;
  return { items: body['items'], resourceVersion, next: typeof next === 'string' && next !== '' ? next : null };
}
