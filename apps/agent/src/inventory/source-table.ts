import { objectKey, SOURCE_KINDS, type SourceKind } from '@app/contracts/objects';
import type { NamespaceSources } from './core/membership';
import { type PackedSource, packSource, unpackSource } from './core/packed-source';
import type { SourceRecord } from './core/records';

/** Every ConfigMap and Secret that exists in the watched namespaces. */
export class SourceTable {
  /** By kind and namespace, then by name: what is common to many is kept once. */
  readonly #groups = new Map<string, Map<string, PackedSource>>();
  /** What a change is about is asked for again and again while it is taken in. */
  #latest: Readonly<{ key: string; record: SourceRecord }> | null = null;

  get(key: string): SourceRecord | undefined {
    if (this.#latest?.key === key) return this.#latest.record;
    const [group, name] = split(key);
    const packed = this.#groups.get(group)?.get(name);
    if (packed === undefined) return undefined;
    const [kind, namespace] = split(group);
    const record = unpackSource({ kind: kind as SourceKind, namespace, name }, packed);
    this.#latest = { key, record };
    return record;
  }

  set(record: SourceRecord): void {
    const { kind, namespace, name } = record.ref;
    const group = groupKey(kind, namespace);
    const sources = this.#groups.get(group);
    const packed = packSource(record);
    if (sources) sources.set(name, packed);
    else this.#groups.set(group, new Map([[name, packed]]));
    this.#latest = { key: objectKey(record.ref), record };
  }

  delete(key: string): void {
    const [group, name] = split(key);
    const sources = this.#groups.get(group);
    sources?.delete(name);
    this.#latest = null;
    if (sources?.size === 0) this.#groups.delete(group);
  }

  keysOf(kind: SourceKind): readonly string[] {
    const groups = [...this.#groups].filter(([group]) => group.startsWith(`${kind}/`));
    return groups.flatMap(([group, sources]) => [...sources.keys()].map((name) => `${group}/${name}`));
  }

  namespace(namespace: string): NamespaceSources {
    return {
      marks: (kind, name) => this.get(objectKey({ kind, namespace, name }))?.marks,
      names: (kind) => this.#groups.get(groupKey(kind, namespace))?.keys() ?? [],
    };
  }
}

export const isSourceKind = (kind: string): kind is SourceKind => SOURCE_KINDS.some((one) => one === kind);

const groupKey = (kind: SourceKind, namespace: string): string => `${kind}/${namespace}`;

/** At its last slash: no name holds one. */
function split(key: string): readonly [before: string, after: string] {
  const at = key.lastIndexOf('/');
  return [key.slice(0, at), key.slice(at + 1)];
}
