import type { Revision } from '@app/contracts/revision';

/** Characters of each digest that are kept: 96 bits. */
const KEPT = 16;
const AFTER_KEY = '=';
const END = ';';

/** Keys of a source with the digests of their values, as one text: there are many sources, and few are asked for it. */
export const partsOf = (digests: readonly (readonly [key: string, digest: Revision])[]): string =>
  digests
    .map(([key, digest]) => `${END}${key}${AFTER_KEY}${digest.slice(digest.indexOf(':') + 1).slice(0, KEPT)}`)
    .join('');

/** The digest of one key's value; empty: there is no such key. No key holds a sign that stands between them. */
export function partOf(parts: string, key: string): string {
  const start = `${END}${key}${AFTER_KEY}`;
  const at = parts.indexOf(start);
  return at < 0 ? '' : parts.slice(at + start.length, at + start.length + KEPT);
}

/** All keys there are. */
export const keysIn = (parts: string): readonly string[] =>
  parts
    .split(END)
    .slice(1)
    .map((part) => part.slice(0, part.indexOf(AFTER_KEY)));
