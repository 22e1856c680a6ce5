/** A member of a sorted set, with its score as the store writes it. */
export type Scored = Readonly<{ member: string; score: string }>;

/** Reads an answer `WITHSCORES`: members and their scores, in turn. */
export const scoredIn = (flat: readonly string[]): readonly Scored[] =>
  flat.flatMap((member, at) => (at % 2 === 0 ? [{ member, score: flat[at + 1] ?? '' }] : []));
