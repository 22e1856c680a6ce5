import { objectKey, parseObjectKey, type SourceKind, sourceRef } from '@app/contracts/objects';
import type { KubeObject, WatchedKind } from '../kube/kube.port';
import type { AnnotationKeys } from './core/annotation-keys';
import { canonicalSource } from './core/canonical';
import { nextSource, readSource } from './core/records';
import { isOutdated } from './core/resource-version';
import type { Fingerprinter } from './fingerprint';
import type { Ledger } from './ledger';
import { SecretClasses } from './secret-classes';
import { isSourceKind } from './source-table';

/** The watched kinds that sources are made of. */
export type SourceStream = SourceKind | 'SecretProviderClassPodStatus';

export const isSourceStream = (kind: WatchedKind): kind is SourceStream =>
  kind === 'SecretProviderClassPodStatus' || isSourceKind(kind);

export type IntakeOptions = Readonly<{
  keys: AnnotationKeys;
  /** A source was written and its data stayed the same. */
  noDataChange: (kind: SourceKind) => void;
}>;

/** Takes in what the watches tell of sources: objects are digested and dropped. */
export class SourceIntake {
  readonly #classes: SecretClasses;

  constructor(
    private readonly ledger: Ledger,
    private readonly fingerprinter: Fingerprinter,
    private readonly options: IntakeOptions,
  ) {
    this.#classes = new SecretClasses(fingerprinter, options.keys, {
      put: (key, record) => ledger.putSource(key, record),
      remove: (key) => ledger.removeSource(key),
      noDataChange: () => options.noDataChange('SecretProviderClass'),
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
    if (kind !== 'SecretProviderClass') return this.ledger.removeSource(key);
    const ref = sourceRef.safeParse(parseObjectKey(key));
    if (ref.success) this.#classes.removeClass(ref.data);
  }

  #putData(ref: Parameters<typeof readSource>[0], object: KubeObject, live: boolean): void {
    const key = objectKey(ref);
    const before = this.ledger.sources.get(key);
    if (before && isOutdated(before, object.metadata, live)) return;
    const revision = this.fingerprinter.revision(canonicalSource(ref, object));
    if (before?.revision === revision) this.options.noDataChange(ref.kind);
    this.ledger.putSource(key, nextSource(before, readSource(ref, object, this.options.keys), revision));
  }
}
