import { objectKey, parseObjectKey, type SourceKind, type SourceRef, sourceRef } from '@app/contracts/objects';
import type { KubeObject, WatchedKind } from '../kube/kube.port';
import type { AnnotationKeys } from './core/annotation-keys';
import { canonicalKeys, canonicalSource } from './core/canonical';
import { partsOf } from './core/parts';
import { nextSource, readSource, type SourceRecord, unreadSource } from './core/records';
import { isLater, isOutdated } from './core/resource-version';
import type { Fingerprinter } from './fingerprint';
import type { Ledger } from './ledger';
import { SecretClasses } from './secret-classes';
import { SecretReader, type SecretReaderParts } from './secret-reader';
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

export type IntakeOptions = Readonly<{
  keys: AnnotationKeys;
  /** How to read Secrets of which only the metadata is watched; null: they come with their data. */
  secrets: SecretReaderParts | null;
}>;

/** Takes in what the watches tell of sources: objects are digested and dropped. */
export class SourceIntake {
  readonly #classes: SecretClasses;
  /** null: Secrets come with their data. */
  readonly #secrets: SecretReader | null;

  constructor(
    private readonly ledger: Ledger,
    private readonly fingerprinter: Fingerprinter,
    private readonly options: IntakeOptions,
    private readonly hooks: SourceHooks,
  ) {
    const { keys, secrets } = options;
    this.#secrets = secrets && new SecretReader(secrets, (ref, object) => this.#takeSecret(ref, object));
    ledger.onNeeded((ref) => this.#secrets?.want(ref));
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
    } else if (kind === 'Secret' && this.#secrets) {
      this.#putMetadata({ kind, namespace, name }, object, live);
    } else {
      this.#putData({ kind, namespace, name }, object, live);
    }
  }

  /** Resolves when every Secret that had to be read was; null: none is waited for. */
  settled(): Promise<void> | null {
    return this.#secrets?.settled() ?? null;
  }

  stop(): void {
    this.#secrets?.stop();
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
    this.#takeData(ref, object);
  }

  /** What nobody uses is not read; what somebody does counts as it was until it is. */
  #putMetadata(ref: SourceRef, object: KubeObject, live: boolean): void {
    const key = objectKey(ref);
    const before = this.ledger.sources.get(key);
    if (before && isOutdated(before, object.metadata, live)) return;
    const isUsed = this.ledger.isUsed(key);
    this.ledger.putSource(key, unreadSource(isUsed ? before : undefined, readSource(ref, object, this.options.keys)));
    if (isUsed) this.#secrets?.want(ref);
  }

  #takeSecret(ref: SourceRef, object: KubeObject | null): void {
    const known = this.ledger.sources.get(objectKey(ref));
    // Deleted meanwhile, or about to be: the watch tells.
    if (!object || !known) return;
    if (isLater(known.resourceVersion, object.metadata.resourceVersion)) this.#secrets?.want(ref);
    else this.#takeData(ref, object);
  }

  #takeData(ref: SourceRef, object: KubeObject): void {
    const key = objectKey(ref);
    const before = this.ledger.sources.get(key);
    const revision = this.fingerprinter.revision(canonicalSource(ref, object));
    if (before?.revision === revision) this.hooks.noDataChange(ref.kind);
    const parts = before?.revision === revision ? before.parts : this.#partsOf(ref, object);
    const read = readSource(ref, object, this.options.keys);
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
