import { SOURCE_KINDS, type SourceKind } from '@app/contracts/objects';

/** `Kind/name`: a source as seen from a workload, whose namespace it shares. */
export type LocalKey = string;

export const localKey = (kind: SourceKind, name: string): LocalKey => `${kind}/${name}`;

/** Reads what `localKey` wrote. */
export function localParts(key: LocalKey): Readonly<{ kind: SourceKind; name: string }> {
  const kind = SOURCE_KINDS.find((one) => key.startsWith(`${one}/`)) as SourceKind;
  return { kind, name: plainKey(key).slice(kind.length + 1) };
}

/** Which keys of a source count: those that are used, null: all; of these not what the patterns are for. */
export type Counted = Readonly<{ used: readonly string[] | null; ignored: readonly string[] }>;

const USED = '?';
const IGNORED = '!';

/**
 * A source of which only some keys count. With other keys it is something else: what was recorded of those says
 * nothing of these.
 */
export function keyWith(key: LocalKey, { used, ignored }: Counted): LocalKey {
  const some = used === null ? key : `${key}${USED}${used.join(',')}`;
  return ignored.length === 0 ? some : `${some}${IGNORED}${ignored.join(',')}`;
}

/** The source itself, whichever of its keys count. */
export function plainKey(key: LocalKey): LocalKey {
  const end = key.search(/[?!]/);
  return end < 0 ? key : key.slice(0, end);
}

/** The patterns that do not count in `key`, where all that does in `every` would without them; undefined: it is another. */
export const ignoredIn = (key: LocalKey, every: LocalKey): readonly string[] | undefined =>
  key.startsWith(every + IGNORED) ? key.slice(every.length + IGNORED.length).split(',') : undefined;
