import { objectKey, SOURCE_KINDS, type SourceKind, type SourceRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { NamespaceSources } from './core/membership';
import { type PackedSource, packSource, unpackSource } from './core/packed-source';
import type { SourceMarks } from './core/opt-in';
import type { SourceRecord } from './core/records';
import { isLater } from './core/resource-version';

/** What a source was when it went. `version`: of the deletion. */
export type GoneSource = Readonly<{ ref: SourceRef; revision: Revision; marks: SourceMarks; version: string }>;

/** Watches of two kinds are apart by milliseconds: what went before these is asked for by nobody. */
const MOST_GONE = 256;

/** Every ConfigMap and Secret that exists in the watched namespaces. */
export class SourceTable {
  /** By kind and namespace, then by name: what is common to many is kept once. */
  readonly #groups = new Map<string, Map<string, PackedSource>>();
  /** The newest last. */
  readonly #gone = new Map<string, GoneSource>();
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
    const key = objectKey(record.ref);
    this.#gone.delete(key);
    this.#latest = { key, record };
  }

  /** `version`: of the deletion; empty where that was not seen. */
  delete(key: string, version = ''): void {
    const before = this.get(key);
    if (before?.revision && version !== '') this.#remember(key, { ...before, revision: before.revision, version });
    const [group, name] = split(key);
    const sources = this.#groups.get(group);
    sources?.delete(name);
    this.#latest = null;
    if (sources?.size === 0) this.#groups.delete(group);
  }

  /** One that was there lately. */
  gone(key: string): GoneSource | undefined {
    return this.#gone.get(key);
  }

  /** When it went, and for a workload that is new, and was not there to see it: what it was before. */
  lately(key: string, isNew: boolean): Readonly<{ replaced?: Revision; contentVersion?: string }> {
    const source = this.get(key);
    const gone = source ? undefined : this.#gone.get(key);
    const replaced = isNew ? (source?.replacedEarlier ?? gone?.revision) : undefined;
    return { ...(gone && { contentVersion: gone.version }), ...(replaced !== undefined && { replaced }) };
  }

  /** Those of a namespace that went after this version. */
  goneSince(namespace: string, version: string): readonly GoneSource[] {
    return [...this.#gone.values()].filter((one) => one.ref.namespace === namespace && isLater(one.version, version));
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

  #remember(key: string, { ref, revision, marks, version }: GoneSource): void {
    this.#gone.delete(key);
    this.#gone.set(key, { ref, revision, marks, version });
    if (this.#gone.size <= MOST_GONE) return;
    for (const oldest of this.#gone.keys()) return void this.#gone.delete(oldest);
  }
}

export const isSourceKind = (kind: string): kind is SourceKind => SOURCE_KINDS.some((one) => one === kind);

const groupKey = (kind: SourceKind, namespace: string): string => `${kind}/${namespace}`;

/** At its last slash: no name holds one. */
function split(key: string): readonly [before: string, after: string] {
  const at = key.lastIndexOf('/');
  return [key.slice(0, at), key.slice(at + 1)];
}
