import { z } from 'zod';

/**
 * `keyId:digest`: a keyed digest of content. Two revisions can be compared only when their key ids are equal;
 * equal revisions under one key mean equal content of the same object.
 */
export const revision = z.string().regex(/^k[0-9a-f]{6}:[A-Za-z0-9_-]{22}$/, 'must be a revision: keyId:digest');
export type Revision = z.infer<typeof revision>;

/** The id of the key that a revision was made with. */
export const keyIdOf = (value: Revision): string => value.slice(0, value.indexOf(':'));
