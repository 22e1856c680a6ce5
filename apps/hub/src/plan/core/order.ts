import { objectKey } from '@app/contracts/objects';
import { findCycle } from '@app/contracts/policy/waves';
import { matchesSelector, type Selector } from '@app/contracts/selector';
import type { CandidateWorkload } from './model';

/** `dropped`: of what annotations ask for, the pairs that would make workloads wait for each other. */
export type Ordered = Readonly<
  | { ok: true; after: Readonly<Record<string, readonly string[]>>; dropped: readonly Pair[] }
  | { ok: false; cycle: readonly string[] }
>;

type Pair = Readonly<{ workload: string; after: string }>;
type Edges = Map<string, Set<string>>;

/**
 * Which workloads of one cluster wait for which others: by the rules of the policy, and by annotations as far as these
 * make no circle. A workload never waits for itself.
 */
export function orderWorkloads(
  rules: readonly Readonly<{ first: Selector; then: Selector }>[],
  workloads: readonly CandidateWorkload[],
): Ordered {
  const edges: Edges = new Map();
  for (const rule of rules) {
    const first = workloads.filter((workload) => matchesSelector(rule.first, workload.labels)).map(keyOf);
    const then = workloads.filter((workload) => matchesSelector(rule.then, workload.labels)).map(keyOf);
    for (const key of then) first.filter((other) => other !== key).forEach((other) => addEdge(edges, key, other));
  }
  const cycle = findCycle(sorted(edges));
  if (cycle) return { ok: false, cycle };
  const dropped = pairsAsked(workloads).filter(({ workload, after }) => {
    if (waitsFor(edges, after, workload)) return true;
    addEdge(edges, workload, after);
    return false;
  });
  return { ok: true, after: Object.fromEntries(sorted(edges)), dropped };
}

const keyOf = ({ ref }: CandidateWorkload): string => objectKey(ref);

function addEdge(edges: Edges, key: string, after: string): void {
  const waits = edges.get(key);
  if (waits) waits.add(after);
  else edges.set(key, new Set([after]));
}

const sorted = (edges: Edges): ReadonlyMap<string, readonly string[]> =>
  new Map([...edges].map(([key, waits]) => [key, [...waits].sort()] as const));

/** What annotations ask for among these workloads, in an order that depends on nothing but their names. */
function pairsAsked(workloads: readonly CandidateWorkload[]): readonly Pair[] {
  const pairs = workloads.flatMap((workload) => {
    const names = workload.annotations?.restartAfter ?? [];
    const { namespace } = workload.ref;
    const first = workloads.filter(({ ref }) => ref.namespace === namespace && names.includes(ref.name));
    return first
      .filter((other) => other !== workload)
      .map((other) => ({ workload: keyOf(workload), after: keyOf(other) }));
  });
  return pairs.sort((a, b) => (`${a.workload} ${a.after}` < `${b.workload} ${b.after}` ? -1 : 1));
}

/** Whether `key` waits for `other`, over however many in between. */
function waitsFor(edges: Edges, key: string, other: string): boolean {
  const seen = new Set([key]);
  for (const each of seen) edges.get(each)?.forEach((next) => seen.add(next));
  return seen.has(other);
}
