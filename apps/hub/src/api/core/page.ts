/** What a list was asked for. `after`: key of the last item that the reader has; null starts at the beginning. */
export type PageRequest = Readonly<{ limit: number; after: string | null }>;
export type Page<T> = Readonly<{ items: T[]; nextCursor: string | null }>;

/**
 * The page of a list that is sorted by `key`; the cursor is the key of its last item, so items that come and go
 * between two pages move no other item into or out of the reader's sight.
 */
export function pageOf<T>(sorted: readonly T[], key: (item: T) => string, { limit, after }: PageRequest): Page<T> {
  const rest = after === null ? sorted : sorted.filter((item) => key(item) > after);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rest.length > limit && last !== undefined ? key(last) : null };
}
