const DECIMAL = /^[1-9][0-9]*$/;

/**
 * True only when `a` is certainly a later write than `b` on one API server. Versions of that form are compared as
 * numbers; anything else is not compared at all, and the answer is no.
 */
export function isLater(a: string, b: string): boolean {
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return false;
  return a.length > b.length || (a.length === b.length && a > b);
}

type Version = Readonly<{ resourceVersion: string }>;

/** A version that is known already, or a late one on a live stream. A listing may go back: a store was restored. */
export const isOutdated = (known: Version, next: Version, live: boolean): boolean =>
  known.resourceVersion === next.resourceVersion || (live && isLater(known.resourceVersion, next.resourceVersion));
