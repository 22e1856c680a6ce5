import { objectKey, parseObjectKey, type SourceKind, type SourceRef, sourceRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { KubeObject, WatchedKind } from '../kube/kube.port';
import { type Arrival, isLive } from './core/arrival';
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
  /** What stands for the absence of a source; undefined: that something comes is no change. */
  absent: Revision | undefined;
}>;

/** The fields of no source. */
const UNREAD = ['unread'];

type Past = Partial<Pick<SourceRecord, 'replaced' | 'replacedEarlier'>>;

const replacing = (replaced: Revision | undefined): Past => (replaced === undefined ? {} : { replaced });

/** Takes in what the watches tell of sources: objects are digested and dropped. */
export class SourceIntake {
  readonly #classes: SecretClasses;
  /** null: Secrets come with their data. */
  readonly #secrets: SecretReader | null;
  /** Stands for a content that was not read. */
  readonly #unread: Revision;

  constructor(
    private readonly ledger: Ledger,
    private readonly fingerprinter: Fingerprinter,
    private readonly options: IntakeOptions,
    private readonly hooks: SourceHooks,
  ) {
    const { keys, secrets } = options;
    this.#unread = fingerprinter.revision(UNREAD);
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

  put(kind: SourceStream, object: KubeObject, arrival: Arrival): void {
    const namespace = object.metadata.namespace ?? '';
    const { name } = object.metadata;
    if (kind === 'SecretProviderClassPodStatus') {
      this.#classes.putStatus(objectKey({ kind, namespace, name }), object, isLive(arrival));
    } else if (kind === 'SecretProviderClass') {
      this.#classes.putClass({ kind, namespace, name }, object);
    } else if (kind === 'Secret' && this.#secrets) {
      this.#putMetadata({ kind, namespace, name }, object, arrival);
    } else {
      this.#putData({ kind, namespace, name }, object, arrival);
    }
  }

  /** Resolves when every Secret that had to be read was; null: none is waited for. */
  settled(): Promise<void> | null {
    return this.#secrets?.settled() ?? null;
  }

  stop(): void {
    this.#secrets?.stop();
  }

  /** `version`: of the deletion; empty where that was not seen. */
  gone(kind: SourceStream, key: string, version: string): void {
    if (kind === 'SecretProviderClassPodStatus') return this.#classes.removeStatus(key);
    if (kind !== 'SecretProviderClass') return this.#remove(key, version);
    const ref = sourceRef.safeParse(parseObjectKey(key));
    if (ref.success) this.#classes.removeClass(ref.data);
  }

  #putData(ref: SourceRef, object: KubeObject, arrival: Arrival): void {
    const key = objectKey(ref);
    const before = this.ledger.sources.get(key);
    if (before && isOutdated(before, object.metadata, isLive(arrival))) return;
    this.#takeData(ref, object, before ? undefined : this.#beforeIt(key, arrival));
  }

  /** What nobody uses is not read; what somebody does counts as it was until it is. */
  #putMetadata(ref: SourceRef, object: KubeObject, arrival: Arrival): void {
    const key = objectKey(ref);
    const before = this.ledger.sources.get(key);
    if (before && isOutdated(before, object.metadata, isLive(arrival))) return;
    const isUsed = this.ledger.isUsed(key);
    const read = readSource(ref, object, this.options.keys);
    const past = before ? this.#pastOf(before) : replacing(this.#beforeIt(key, arrival));
    this.ledger.putSource(key, unreadSource(isUsed ? before : undefined, { ...read, ...past }));
    if (isUsed) this.#secrets?.want(ref);
  }

  #takeSecret(ref: SourceRef, object: KubeObject | null): void {
    const known = this.ledger.sources.get(objectKey(ref));
    // Deleted meanwhile, or about to be: the watch tells.
    if (!object || !known) return;
    if (isLater(known.resourceVersion, object.metadata.resourceVersion)) this.#secrets?.want(ref);
    else this.#takeData(ref, object);
  }

  /** Of what nobody used it was not read what the write before this one has brought: it may have been another content. */
  #pastOf({ revision, replaced }: SourceRecord): Past {
    return revision === null ? { ...replacing(replaced), replacedEarlier: this.#unread } : {};
  }

  /** `replaced`: what is known to have been there before it came. */
  #takeData(ref: SourceRef, object: KubeObject, replaced?: Revision): void {
    const key = objectKey(ref);
    const before = this.ledger.sources.get(key);
    const revision = this.fingerprinter.revision(canonicalSource(ref, object));
    if (before?.revision === revision) this.hooks.noDataChange(ref.kind);
    const parts = before?.revision === revision ? before.parts : this.#partsOf(ref, object);
    // One that is back as it was has come all the same.
    const came = replaced === revision ? this.options.absent : replaced;
    const read = { ...readSource(ref, object, this.options.keys), ...replacing(came) };
    this.#put(key, nextSource(before, parts === undefined ? read : { ...read, parts }, revision));
  }

  /** What was there before a source that was not known; undefined: that says nothing, for it was not looked at. */
  #beforeIt(key: string, arrival: Arrival): Revision | undefined {
    if (arrival !== 'live' && arrival !== 'relisted') return undefined;
    return this.ledger.sources.gone(key)?.revision ?? this.options.absent;
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

  #remove(key: string, version = ''): void {
    const before = this.ledger.sources.get(key);
    this.ledger.removeSource(key, version);
    if (before) this.hooks.sourceMoved(before.ref, 'deleted');
  }
}
