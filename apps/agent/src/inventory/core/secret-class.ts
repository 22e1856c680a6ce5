import type { SourceRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { KubeObject } from '../../kube/kube.port';
import { recordAt, recordsAt, textAt } from './read';
import { isLater } from './resource-version';

/** What one pod has mounted of a SecretProviderClass, read from the status object that the driver keeps for it. */
export type PodStatus = Readonly<{
  /** The class, in the namespace of the pod. */
  ref: SourceRef;
  /** Ids and versions of what is mounted, by id. Never values: the driver writes none. */
  objects: readonly (readonly [id: string, version: string])[];
  /** When the driver last wrote them, RFC 3339; null: unknown. */
  at: string | null;
  /** True when they were written anew under a pod that was running already. */
  rotated: boolean;
}>;

/**
 * Content that pods of a class have mounted. `version`: resourceVersion of the status that told it. `replaced`: what
 * that status told before; missing: it was not seen to tell anything else.
 */
export type Content = Readonly<{ revision: Revision; at: string | null; version: string; replaced?: Revision }>;

/**
 * What is known of a class as a whole.
 *
 * Only what was `rotated` under a running pod is a change: that pod may have read the old content. What pods had
 * mounted as they `started` is no change for them; it only says what they run if nothing was ever rotated, or what
 * the pods of a restart run after the ones whose content was rotated are gone.
 */
export type ClassContent = Readonly<{ rotated: Content | null; started: Content | null }>;

export const NO_CONTENT: ClassContent = Object.freeze({ rotated: null, started: null });

/** Reads a status object; undefined when it names no class. */
export function readPodStatus(object: KubeObject): PodStatus | undefined {
  const name = textAt(object, 'status', 'secretProviderClassName');
  if (!name) return undefined;
  const objects = recordsAt(object, 'status', 'objects').map(
    (one) => [textAt(one, 'id') ?? '', textAt(one, 'version') ?? ''] as const,
  );
  const at = writtenAt(object);
  const { creationTimestamp, generation = 1, namespace = '' } = object.metadata;
  const isLaterThanPod = at !== null && creationTimestamp !== undefined && at > creationTimestamp;
  return {
    ref: { kind: 'SecretProviderClass', namespace, name },
    objects: objects.sort(byIdAndVersion),
    at,
    rotated: generation > 1 || isLaterThanPod,
  };
}

/** The newer of two contents: by the time of the driver's write, then by version. */
export const newer = (known: Content | null, next: Content): Content =>
  known !== null && isNewer(known, next) ? known : next;

function isNewer(a: Content, b: Content): boolean {
  if (a.at !== b.at) return (a.at ?? '') > (b.at ?? '');
  return isLater(a.version, b.version);
}

/**
 * What a class counts as. `revision`: what was rotated last; null: nothing was. `started`: what pods started with
 * since; a workload that is known to run just that is not behind.
 */
export function standingOf({ rotated, started }: ClassContent): Readonly<{
  revision: Revision | null;
  started: Revision | null;
  content: Content | null;
}> {
  const since = started && (!rotated || isNewer(started, rotated)) ? started.revision : null;
  return { revision: rotated?.revision ?? null, started: since, content: rotated ?? started };
}

function writtenAt(object: KubeObject): string | null {
  const times = recordsAt(object, 'metadata', 'managedFields')
    .filter((entry) => 'f:status' in recordAt(entry, 'fieldsV1'))
    .flatMap((entry) => textAt(entry, 'time') ?? []);
  return times.sort().at(-1) ?? object.metadata.creationTimestamp ?? null;
}

function byIdAndVersion(a: readonly [string, string], b: readonly [string, string]): number {
  const [x, y] = a[0] === b[0] ? [a[1], b[1]] : [a[0], b[0]];
  return x < y ? -1 : Number(x > y);
}
