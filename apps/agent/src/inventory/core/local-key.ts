import { SOURCE_KINDS, type SourceKind } from '@app/contracts/objects';

/** `Kind/name`: a source as seen from a workload, whose namespace it shares. */
export type LocalKey = string;

export const localKey = (kind: SourceKind, name: string): LocalKey => `${kind}/${name}`;

/** Reads what `localKey` wrote. */
export function localParts(key: LocalKey): Readonly<{ kind: SourceKind; name: string }> {
  const kind = SOURCE_KINDS.find((one) => key.startsWith(`${one}/`)) as SourceKind;
  return { kind, name: plainKey(key).slice(kind.length + 1) };
}

const KEYS = '?';

/**
 * A source of which only some keys count. With other keys it is something else: what was recorded of those says
 * nothing of these.
 */
export const keyWith = (key: LocalKey, keys: readonly string[]): LocalKey => `${key}${KEYS}${keys.join(',')}`;

/** The source itself, whichever of its keys count. */
export const plainKey = (key: LocalKey): LocalKey => key.split(KEYS, 1)[0] ?? key;
