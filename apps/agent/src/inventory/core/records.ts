import type { WhenUnreachable } from '../../config/core/unreachable';
import type { SourceRef, WorkloadKind, WorkloadRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { SourceAnnotations, WorkloadAnnotations } from '@app/contracts/wire/facts';
import type { KubeObject } from '../../kube/kube.port';
import { type AnnotationKeys, type Annotations, OUR_KEYS, valuesOf, wordsOf } from './annotation-keys';
import { type Containers, containersOf } from './containers';
import { sourceWishes, workloadWishes } from './hub-wishes';
import { type LeftAlone, leftAlone } from './left-alone';
import { type KeysUsed, keysUsedBy, readKeysMode } from './key-uses';
import { type Carrier, carriedMark, type CarriedMark, markOf } from './mark';
import { NO_OPT_IN, type OptIn, type OptInOptions, optsIn, readMarks, readOptIn, type SourceMarks } from './opt-in';
import { type Pause, pauseWarnings, readPause } from './pause';
import type { JsonRecord } from '../../kube/core/json';
import { podSelectorOf, podTemplateOf } from './pod-template';
import { recordAt, recordsAt, textAt } from './read';
import { type References, referencesOf } from './references';
import { type Traces, tracesOf } from './traces';
import { readRolloutStatus } from './read-status';
import type { RolloutStatus } from './rollout-status';
import { readWish } from './unreachable';

/** All that is kept of a source: digests and times, never data. */
export type SourceRecord = Readonly<{
  ref: SourceRef;
  /** undefined: the object itself is not there, or not seen. */
  uid: string | undefined;
  /** null: a SecretProviderClass whose content was never seen to change under a running pod. */
  revision: Revision | null;
  /** SecretProviderClass: what pods have started with since; see `ClassContent`. */
  started?: Revision | null;
  /** A Secret of which only the metadata is known at this version. */
  unread?: true;
  /** Digests of its single keys; see `partsOf`. */
  parts?: string;
  /** resourceVersion of the object when this content was first seen: no earlier than the content's own write. */
  contentVersion: string;
  /** The content before, or its absence, where the newest write that was seen replaced it. */
  replaced?: Revision;
  /** The same, where a later write left the content as it was. */
  replacedEarlier?: Revision;
  resourceVersion: string;
  labels: Readonly<Record<string, string>>;
  changedAt: string | null;
  marks: SourceMarks;
  /** What its annotations ask of the hub. */
  asked?: SourceAnnotations;
  /** What of that can not be understood, as a sentence. */
  misread?: string;
}>;

/** All that is kept of a workload. */
export type WorkloadRecord = CarriedMark &
  Readonly<{
    ref: WorkloadRef;
    uid: string;
    resourceVersion: string;
    createdAt: string | null;
    labels: Readonly<Record<string, string>>;
    optIn: OptIn;
    references: References;
    /** The keys that count, of sources that do not count whole; null: all count whole. */
    keysUsed: KeysUsed | null;
    /** The annotations of its metadata that speak to us, as text: tells cheaply that nothing has to be read again. */
    words: string;
    /** null: it may be restarted. */
    leftAlone: LeftAlone | null;
    carrier: Carrier;
    /** Digest of the pod template: another one means that its pods are replaced. */
    template: string;
    /** Label selector of its pods, in the form of the API's query. */
    podSelector: string;
    /** Of the pods that it makes. */
    podLabels: Readonly<Record<string, string>>;
    containers: Containers;
    traces: Traces;
    /** null: nothing about pauses. */
    pause: Pause | null;
    /** What it asks for while the hub can not be reached; null: nothing. */
    whenUnreachable: WhenUnreachable | null;
    /** What its annotations ask of the hub. */
    asked?: WorkloadAnnotations;
    status: RolloutStatus;
  }>;

export const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/** Everything of a source but its revision, which needs the key. */
export function readSource(
  ref: SourceRef,
  object: KubeObject,
  keys: AnnotationKeys,
): Omit<SourceRecord, 'revision' | 'contentVersion'> {
  const annotations = object.metadata.annotations ?? NO_LABELS;
  const { asked, warnings } = sourceWishes(annotations);
  return {
    ref,
    uid: object.metadata.uid,
    resourceVersion: object.metadata.resourceVersion,
    labels: object.metadata.labels ?? NO_LABELS,
    changedAt: contentTime(object),
    marks: readMarks(annotations, keys),
    ...(asked && { asked }),
    ...(warnings.length > 0 && { misread: warnings.join('; ') }),
  };
}

/**
 * The new record of a source; as long as the content stays, so do the time and version of its change. `now.replaced`:
 * what is known to have been there before it came.
 */
export function nextSource(
  before: SourceRecord | undefined,
  now: Omit<SourceRecord, 'revision' | 'contentVersion'>,
  current: Revision,
): SourceRecord {
  if (before?.revision === current) {
    const { contentVersion, changedAt, replaced = before.replacedEarlier } = before;
    const kept = { ...now, revision: current, contentVersion, changedAt };
    return replaced === undefined ? kept : { ...kept, replacedEarlier: replaced };
  }
  return { ...now, revision: current, contentVersion: now.resourceVersion, ...pastOf(before, now) };
}

type Past = Pick<SourceRecord, 'replaced' | 'replacedEarlier'>;

/** What is known to have been there before a new content. */
function pastOf(before: SourceRecord | undefined, now: Past): Past {
  if (before?.revision) return { replaced: before.revision };
  const { replaced = now.replaced, replacedEarlier } = before ?? {};
  return { ...(replaced !== undefined && { replaced }), ...(replacedEarlier !== undefined && { replacedEarlier }) };
}

/** Whether the same workloads react to both versions of a source. */
export const hasSameMarks = (one: SourceRecord | undefined, { marks }: SourceRecord): boolean =>
  one?.marks.ignore === marks.ignore && one.marks.match === marks.match;

/** Whether those that react to it see the same in both versions. */
export const isSameToUsers = (one: SourceRecord | undefined, other: SourceRecord): boolean =>
  one?.revision === other.revision && one.started === other.started && one.misread === other.misread;

/** A source of which only the metadata is known. `known`: what counts until it is read; undefined: nothing does. */
export function unreadSource(
  known: SourceRecord | undefined,
  now: Omit<SourceRecord, 'revision' | 'contentVersion'>,
): SourceRecord {
  if (!known) return { ...now, revision: null, contentVersion: '', unread: true };
  const { changedAt: _time, ...metadata } = now;
  const { replaced = known.replacedEarlier, asked: _asked, misread: _misread, ...kept } = known;
  const unread = { ...kept, ...metadata, unread: true as const };
  return replaced === undefined ? unread : { ...unread, replacedEarlier: replaced };
}

export type WorkloadReading = Readonly<{
  options: OptInOptions;
  /** Turns a text into a short one; equal texts, and no others, give equal ones. */
  digest: (text: string) => string;
  before: WorkloadRecord | undefined;
}>;

/** Reads a workload. What only its spec and our words decide is taken over from `before` as long as those stay. */
export function readWorkload(ref: WorkloadRef, object: KubeObject, reading: WorkloadReading): WorkloadRecord {
  const { before, options } = reading;
  const metadata = object.metadata.annotations ?? NO_LABELS;
  const words = wordsOf(metadata, options.keys) + (markOf(metadata).mark ?? '');
  const status = statusOf(ref.kind, object, options);
  const changing = {
    resourceVersion: object.metadata.resourceVersion,
    labels: object.metadata.labels ?? NO_LABELS,
    status,
  };
  const same = before?.uid === object.metadata.uid && before.status.generation === status.generation;
  if (same && before.words === words && status.generation > 0) return { ...before, ...changing };
  return {
    ...changing,
    ref,
    uid: object.metadata.uid,
    createdAt: object.metadata.creationTimestamp ?? null,
    words,
    podSelector: podSelectorOf(ref.kind, object),
    ...readTemplate(ref.kind, object, reading),
  };
}

function statusOf(kind: WorkloadKind, object: KubeObject, { runSuspendedCronJobs }: OptInOptions): RolloutStatus {
  const status = readRolloutStatus(kind, object);
  return runSuspendedCronJobs && status.suspended ? { ...status, suspended: false } : status;
}

function readTemplate(
  kind: WorkloadKind,
  object: KubeObject,
  { options, digest }: WorkloadReading,
): Pick<
  WorkloadRecord,
  | 'optIn'
  | 'references'
  | 'keysUsed'
  | 'stamp'
  | 'mark'
  | 'forced'
  | 'template'
  | 'podLabels'
  | 'containers'
  | 'traces'
  | 'pause'
  | 'whenUnreachable'
  | 'asked'
  | 'leftAlone'
  | 'carrier'
> {
  const template = podTemplateOf(kind, object);
  const podSpec = recordAt(template, 'spec');
  const metadata = object.metadata.annotations ?? NO_LABELS;
  const annotations = annotationsOf(recordAt(template, 'metadata', 'annotations'));
  const carrier = carrierOf(kind, metadata, options.keys);
  const alone = leftAlone(kind, object, carrier);
  const levels = { metadata, template: annotations, keys: options.keys };
  const keysMode = readKeysMode(metadata, annotations);
  const unreachable = readWish(metadata, annotations);
  const { asked, warnings: odd } = workloadWishes(object.metadata.name, metadata, annotations);
  const warnings = [...pauseWarnings(kind, levels), ...keysMode.warnings, ...unreachable.warnings, ...odd];
  return {
    optIn: alone ? NO_OPT_IN : withWarnings(readOptIn(metadata, annotations, options), warnings),
    references: referencesOf(podSpec),
    keysUsed: keysMode.onlyUsed ? keysUsedBy(podSpec) : null,
    ...carriedMark(carrier, metadata, annotations),
    template: digest(JSON.stringify(template)),
    podLabels: annotationsOf(recordAt(template, 'metadata', 'labels')),
    containers: containersOf(podSpec),
    traces: tracesOf(podSpec, annotations),
    pause: readPause(kind, levels),
    whenUnreachable: unreachable.wish,
    ...(asked && { asked }),
    leftAlone: alone,
    carrier,
  };
}

/** Who asks for nothing is told nothing. */
const withWarnings = (optIn: OptIn, warnings: readonly string[]): OptIn =>
  warnings.length === 0 || !optsIn(optIn) ? optIn : { ...optIn, warnings: [...optIn.warnings, ...warnings] };

function carrierOf(kind: WorkloadKind, metadata: Annotations, keys: AnnotationKeys): Carrier {
  if (kind === 'CronJob') return 'elsewhere';
  const strategy = valuesOf(metadata, OUR_KEYS.rolloutStrategy, keys.rolloutStrategy)[0];
  return kind === 'Rollout' && strategy === 'restart' ? 'metadata' : 'template';
}

const annotationsOf = (value: JsonRecord): Annotations =>
  Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));

/** When someone last wrote data, by the object's field managers; else its creation. */
function contentTime(object: KubeObject): string | null {
  let latest = object.metadata.creationTimestamp ?? null;
  for (const entry of recordsAt(object, 'metadata', 'managedFields')) {
    const time = textAt(entry, 'time');
    const fields = recordAt(entry, 'fieldsV1');
    const wroteData = 'f:data' in fields || 'f:binaryData' in fields;
    if (wroteData && time && (latest === null || time > latest)) latest = time;
  }
  return latest;
}
