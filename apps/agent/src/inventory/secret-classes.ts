import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { KubeObject } from '../kube/kube.port';
import type { AnnotationKeys } from './core/annotation-keys';
import { canonicalClass } from './core/canonical';
import { NO_MARKS } from './core/opt-in';
import { readSource, type SourceRecord } from './core/records';
import { isOutdated } from './core/resource-version';
import {
  type ClassContent,
  type Content,
  newer,
  NO_CONTENT,
  type PodStatus,
  readPodStatus,
  standingOf,
} from './core/secret-class';
import type { Fingerprinter } from './fingerprint';

type Status = Readonly<{
  uid: string;
  resourceVersion: string;
  ref: SourceRef;
  revision: Revision;
  rotated: boolean;
  at: string | null;
  /** resourceVersion that told this content. */
  contentVersion: string;
  /** What it took the place of; missing: that was not seen. */
  replaced?: Revision;
}>;
type ClassObject = Pick<SourceRecord, 'uid' | 'labels' | 'marks' | 'resourceVersion' | 'asked' | 'misread'>;

const UNKNOWN_CLASS: ClassObject = { uid: undefined, labels: {}, marks: NO_MARKS, resourceVersion: '' };

export type ClassSink = Readonly<{
  put(key: string, record: SourceRecord): void;
  remove(key: string): void;
  /** A status was written and its content stayed the same. */
  noDataChange(): void;
}>;

/**
 * SecretProviderClasses as sources: their marks stand in the class, their content in one status object per pod.
 * A status that goes takes nothing back, so pods that leave in the middle of a rotation change nothing; only with the class
 * itself, or after it, the last one does.
 */
export class SecretClasses {
  readonly #classes = new Map<string, ClassObject>();
  readonly #statuses = new Map<string, Status>();
  readonly #byClass = new Map<string, Set<string>>();
  readonly #contents = new Map<string, ClassContent>();

  constructor(
    private readonly fingerprinter: Pick<Fingerprinter, 'revision'>,
    private readonly keys: AnnotationKeys,
    private readonly sink: ClassSink,
  ) {}

  classKeys(): readonly string[] {
    return [...this.#classes.keys()];
  }

  statusKeys(): readonly string[] {
    return [...this.#statuses.keys()];
  }

  putClass(ref: SourceRef, object: KubeObject): void {
    const key = objectKey(ref);
    const { ref: _, changedAt: _changed, ...known } = readSource(ref, object, this.keys);
    this.#classes.set(key, known);
    this.#tell(ref);
  }

  removeClass(ref: SourceRef): void {
    if (this.#classes.delete(objectKey(ref))) this.#tell(ref);
  }

  putStatus(key: string, object: KubeObject, live: boolean): void {
    const known = this.#statuses.get(key);
    if (known && isOutdated(known, object.metadata, live)) return;
    const read = readPodStatus(object);
    if (!read || !isSame(known, read, object)) this.removeStatus(key);
    if (read) this.#takeStatus(key, read, object);
  }

  #takeStatus(key: string, read: PodStatus, { metadata: { uid, resourceVersion } }: KubeObject): void {
    const before = this.#statuses.get(key);
    const { ref, at } = read;
    const revision = this.fingerprinter.revision(canonicalClass(ref, read.objects));
    if (before?.revision === revision) {
      this.#statuses.set(key, { ...before, resourceVersion });
      return this.sink.noDataChange();
    }
    const rotated = before !== undefined || read.rotated;
    const replaced = before && { replaced: before.revision };
    this.#put(key, { uid, resourceVersion, ref, revision, rotated, at, contentVersion: resourceVersion, ...replaced });
  }

  removeStatus(key: string): void {
    const status = this.#statuses.get(key);
    if (!status) return;
    const classKey = objectKey(status.ref);
    this.#statuses.delete(key);
    this.#leave(classKey, key);
    this.#forgetStart(classKey, status);
    this.#tell(status.ref);
  }

  #put(key: string, status: Status): void {
    const classKey = objectKey(status.ref);
    const before = this.#statuses.get(key);
    this.#statuses.set(key, status);
    const keys = this.#byClass.get(classKey);
    if (keys) keys.add(key);
    else this.#byClass.set(classKey, new Set([key]));
    if (before) this.#forgetStart(classKey, before);
    const known = this.#contents.get(classKey) ?? NO_CONTENT;
    const side = status.rotated ? 'rotated' : 'started';
    this.#contents.set(classKey, { ...known, [side]: newer(known[side], contentOf(status)) });
    this.#tell(status.ref);
  }

  /** What pods started with counts only as long as one of them is there: it is looked for anew. */
  #forgetStart(classKey: string, status: Status): void {
    const known = this.#contents.get(classKey);
    if (!known || status.rotated || known.started?.version !== status.contentVersion) return;
    const left = [...(this.#byClass.get(classKey) ?? [])].flatMap((key) => this.#statuses.get(key) ?? []);
    const started = left
      .filter(({ rotated }) => !rotated)
      .reduce<Content | null>((newest, one) => newer(newest, contentOf(one)), null);
    this.#contents.set(classKey, { ...known, started });
  }

  #leave(classKey: string, status: string): void {
    const left = this.#byClass.get(classKey);
    left?.delete(status);
    if (left?.size === 0) this.#byClass.delete(classKey);
  }

  /** Neither the class is there nor a pod that has mounted it. */
  #forget(classKey: string): void {
    this.#contents.delete(classKey);
    this.sink.remove(classKey);
  }

  #tell(ref: SourceRef): void {
    const key = objectKey(ref);
    const known = this.#classes.get(key);
    if (!known && !this.#byClass.has(key)) return this.#forget(key);
    const { revision, started, content } = standingOf(this.#contents.get(key) ?? NO_CONTENT);
    const contentVersion = content?.version ?? '';
    this.sink.put(key, {
      ...(known ?? UNKNOWN_CLASS),
      ref,
      revision,
      started,
      contentVersion,
      changedAt: content?.at ?? null,
      ...whatReplaced(content),
    });
  }
}

const isSame = (known: Status | undefined, read: PodStatus, { metadata }: KubeObject): boolean =>
  known?.uid === metadata.uid && known.ref.name === read.ref.name;

const contentOf = (status: Status): Content => ({
  ...{ revision: status.revision, at: status.at, version: status.contentVersion },
  ...whatReplaced(status),
});

const whatReplaced = (one: Pick<Content, 'replaced'> | null): Pick<Content, 'replaced'> =>
  one?.replaced === undefined ? {} : { replaced: one.replaced };
