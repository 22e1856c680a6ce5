import type { Labels } from '@app/contracts/objects';
import { matchesSelector, type Selector } from '@app/contracts/selector';

/** What a list of sources or workloads is narrowed to; null means every. */
export type InventoryFilter = Readonly<{
  cluster: string | null;
  namespace: string | null;
  kind: string | null;
  name: string | null;
  /** Of the workload, or of some workload that uses the source: `Pending`, `Failed`, … */
  state: string | null;
  labels: Selector | null;
  /** Clusters that the caller may see; null: every. */
  visible: ((cluster: string) => boolean) | null;
}>;

export type PageRequest = Readonly<{ limit: number; cursor: string | null }>;
export type Page<T> = Readonly<{ items: readonly T[]; nextCursor: string | null }>;

/** Where a page ended: the last item shown. */
export type Position = Readonly<{ cluster: string; key: string }>;

type Filterable = Readonly<{ kind: string; namespace: string; name: string; labels: Labels; state?: string }>;

export const matchesFilter = (filter: InventoryFilter, fact: Filterable): boolean =>
  (filter.namespace === null || filter.namespace === fact.namespace) &&
  (filter.kind === null || filter.kind === fact.kind) &&
  (filter.name === null || filter.name === fact.name) &&
  (filter.state === null || filter.state === fact.state) &&
  (filter.labels === null || matchesSelector(filter.labels, fact.labels));

/** Opaque to callers; no cluster name and no object key holds a space. */
export const cursorOf = ({ cluster, key }: Position): string => `${cluster} ${key}`;

/** A cursor that nobody of us wrote reads as a position like any other: the list goes on after it. */
export function positionOf(cursor: string | null): Position | null {
  if (cursor === null) return null;
  const at = cursor.indexOf(' ');
  return at < 0 ? { cluster: cursor, key: '' } : { cluster: cursor.slice(0, at), key: cursor.slice(at + 1) };
}

/** Clusters that can hold what comes after the position, sorted. */
export const clustersFrom = (
  clusters: readonly string[],
  filter: InventoryFilter,
  after: Position | null,
): readonly string[] =>
  clusters
    .filter((name) => filter.cluster === null || filter.cluster === name)
    .filter((name) => filter.visible === null || filter.visible(name))
    .filter((name) => after === null || name >= after.cluster)
    .sort();
