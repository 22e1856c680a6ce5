import { objectKey, SOURCE_KINDS, type SourceKind } from '@app/contracts/objects';
import type { NamespaceSources } from './core/membership';
import type { SourceRecord } from './core/records';

/** Every ConfigMap and Secret that exists in the watched namespaces, by key and by namespace. */
export class SourceTable {
  readonly #records = new Map<string, SourceRecord>();
  readonly #names = new Map<string, Set<string>>();

  get(key: string): SourceRecord | undefined {
    return this.#records.get(key);
  }

  set(key: string, record: SourceRecord): void {
    this.#records.set(key, record);
    const group = groupKey(record.ref.kind, record.ref.namespace);
    const names = this.#names.get(group);
    if (names) names.add(record.ref.name);
    else this.#names.set(group, new Set([record.ref.name]));
  }

  delete(key: string): void {
    const record = this.#records.get(key);
    if (!record) return;
    this.#records.delete(key);
    const group = groupKey(record.ref.kind, record.ref.namespace);
    const names = this.#names.get(group);
    names?.delete(record.ref.name);
    if (names?.size === 0) this.#names.delete(group);
  }

  keysOf(kind: SourceKind): readonly string[] {
    return [...this.#records].filter(([, record]) => record.ref.kind === kind).map(([key]) => key);
  }

  namespace(namespace: string): NamespaceSources {
    return {
      marks: (kind, name) => this.#records.get(objectKey({ kind, namespace, name }))?.marks,
      names: (kind) => this.#names.get(groupKey(kind, namespace)) ?? [],
    };
  }
}

export const isSourceKind = (kind: string): kind is SourceKind => SOURCE_KINDS.some((one) => one === kind);

const groupKey = (kind: SourceKind, namespace: string): string => `${kind}/${namespace}`;
