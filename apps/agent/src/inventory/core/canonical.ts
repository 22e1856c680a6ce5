import type { SourceRef } from '@app/contracts/objects';
import type { JsonRecord } from '../../kube/core/json';
import { recordAt } from './read';

/** Keeps our digests apart from every other use of the same key. */
const DOMAIN = 'fleet-reloader/v1';

/** What stands for a source that does not exist, where that counts as a state of its own. */
export const ABSENT: readonly string[] = [DOMAIN, 'absent'];

type Entry = readonly [tag: string, key: string, value: string];

/**
 * What a source's revision is made of, as an ordered list of fields. Whoever hashes it writes the length before
 * each field, so two different contents can never read the same. Identity is part of it (equal values in two
 * Secrets show different revisions); labels, annotations, `type` and `immutable` are not.
 */
export function canonicalSource(ref: SourceRef, object: JsonRecord): readonly string[] {
  const entries = [...entriesOf('binaryData', object), ...entriesOf('data', object)];
  return [DOMAIN, ref.kind, ref.namespace, ref.name, ...entries.flat()];
}

/** What the digest of each single key of a source is made of. */
export const canonicalKeys = (
  ref: SourceRef,
  object: JsonRecord,
): readonly (readonly [key: string, readonly string[]])[] =>
  [...entriesOf('data', object), ...entriesOf('binaryData', object)].map(
    (entry) => [entry[1], [DOMAIN, 'key', ref.kind, ref.namespace, ref.name, ...entry]] as const,
  );

/** The revision of what a SecretProviderClass brings: the ids and versions of what is mounted, in order. */
export const canonicalClass = (ref: SourceRef, objects: readonly (readonly [string, string])[]): readonly string[] => [
  DOMAIN,
  ref.kind,
  ref.namespace,
  ref.name,
  ...objects.flat(),
];

/** What a workload's want or have is made of: each source it reacts to with that source's revision. */
export function canonicalSources(sources: Readonly<Record<string, string>>): readonly string[] {
  const keys = Object.keys(sources).sort();
  return [DOMAIN, 'sources', ...keys.flatMap((key) => [key, sources[key] ?? ''])];
}

/**
 * Sorted by key: those are ASCII by the API's rules, so the order of code units is the order of bytes. Values stay as
 * the API server sends them: it always writes the same base64 for the same bytes.
 */
function entriesOf(tag: string, object: JsonRecord): readonly Entry[] {
  const values = recordAt(object, tag);
  return Object.keys(values)
    .sort()
    .map((key) => [tag, key, String(values[key])]);
}
