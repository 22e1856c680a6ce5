import { objectKey, parseObjectKey, type SourceKind, type SourceRef, sourceRef } from '@app/contracts/objects';
import type { KubeObject, WatchedKind } from '../kube/kube.port';
import type { AnnotationKeys } from './core/annotation-keys';
import { canonicalKeys, canonicalSource } from './core/canonical';
import { partsOf } from './core/parts';
import { nextSource, readSource, type SourceRecord } from './core/records';
import { isOutdated } from './core/resource-version';
import type { Fingerprinter } from './fingerprint';
import type { Ledger } from './ledger';
import { SecretClasses } from './secret-classes';
import { isSourceKind } from './source-table';

/** The watched kinds that sources are made of. */
export type SourceStream = SourceKind | 'SecretProviderClassPodStatus';

export const isSourceStream = (kind: WatchedKind): kind is SourceStream =>
  kind === 'SecretProviderClassPodStatus' || isSourceKind(kind);

/** What became of a source's data. */
export type SourceMove = 'created' | 'updated' | 'deleted';

export type SourceHooks = Readonly<{
  /** A source was written and its data stayed the same. */
  noDataChange(kind: SourceKind): void;
  /** Its data is another. What exists at the start is `created`, too. */
  sourceMoved(source: SourceRef, how: SourceMove): void;
}>;

/** Takes in what the watches tell of sources: objects are digested and dropped. */
export class SourceIntake {
  readonly #classes: SecretClasses;

  constructor(
    private readonly ledger: Ledger,
    private readonly fingerprinter: Fingerprinter,
    private readonly keys: AnnotationKeys,
    private readonly hooks: SourceHooks,
  ) {
    this.#classes = new SecretClasses(fingerprinter, keys, {
      put: (key, record) => this.#put(key, record),
      remove: (key) => this.#remove(key),
      noDataChange: () => hooks.noDataChange('SecretProviderClass'),
    });
  }

  /** Keys of the objects of one stream that are known. */
  keysOf(kind: SourceStream): readonly string[] {
    if (kind === 'SecretProviderClassPodStatus') return this.#classes.statusKeys();
    return kind === 'SecretProviderClass' ? this.#classes.classKeys() : this.ledger.sources.keysOf(kind);
  }

  /** `live`: it came after the list was complete. */
  put(kind: SourceStream, object: KubeObject, live: boolean): void {
    const namespace = object.metadata.namespace ?? '';
    const { name } = object.metadata;
    if (kind === 'SecretProviderClassPodStatus') {
      this.#classes.putStatus(objectKey({ kind, namespace, name }), object, live);
    } else if (kind === 'SecretProviderClass') {
      this.#classes.putClass({ kind, namespace, name }, object);
    } else {
      this.#putData({ kind, namespace, name }, object, live);
    }
  }

  gone(kind: SourceStream, key: string): void {
    if (kind === 'SecretProviderClassPodStatus') return this.#classes.removeStatus(key);
    if (kind !== 'SecretProviderClass') return this.#remove(key);
    const ref = sourceRef.safeParse(parseObjectKey(key));
    if (ref.success) this.#classes.removeClass(ref.data);
  }

  #putData(ref: SourceRef, object: KubeObject, live: boolean): void {
    const key = objectKey(ref);
    const before = this.ledger.sources.get(key);
    if (before && isOutdated(before, object.metadata, live)) return;
    const revision = this.fingerprinter.revision(canonicalSource(ref, object));
    if (before?.revision === revision) this.hooks.noDataChange(ref.kind);
    const parts = before?.revision === revision ? before.parts : this.#partsOf(ref, object);
    const read = readSource(ref, object, this.keys);
    this.#put(key, nextSource(before, parts === undefined ? read : { ...read, parts }, revision));
  }

  #partsOf(ref: SourceRef, object: KubeObject): string {
    const keys = canonicalKeys(ref, object);
    return partsOf(keys.map(([key, fields]) => [key, this.fingerprinter.revision(fields)] as const));
  }

  #put(key: string, record: SourceRecord): void {
    const before = this.ledger.sources.get(key);
    this.ledger.putSource(key, record);
    if (before?.revision !== record.revision) this.hooks.sourceMoved(record.ref, before ? 'updated' : 'created');
  }

  #remove(key: string): void {
    const before = this.ledger.sources.get(key);
    this.ledger.removeSource(key);
    if (before) this.hooks.sourceMoved(before.ref, 'deleted');
  }
}
