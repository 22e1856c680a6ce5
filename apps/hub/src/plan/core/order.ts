import { objectKey } from '@app/contracts/objects';
import { findCycle } from '@app/contracts/policy/waves';
import { matchesSelector, type Selector } from '@app/contracts/selector';
import type { CandidateWorkload } from './model';

export type Ordered = Readonly<
  { ok: true; after: Readonly<Record<string, readonly string[]>> } | { ok: false; cycle: readonly string[] }
>;

/** Which workloads of one cluster wait for which others. A workload never waits for itself. */
export function orderWorkloads(
  rules: readonly Readonly<{ first: Selector; then: Selector }>[],
  workloads: readonly CandidateWorkload[],
): Ordered {
  const after = new Map<string, Set<string>>();
  for (const rule of rules) {
    const first = workloads
      .filter((workload) => matchesSelector(rule.first, workload.labels))
      .map(({ ref }) => objectKey(ref));
    const then = workloads
      .filter((workload) => matchesSelector(rule.then, workload.labels))
      .map(({ ref }) => objectKey(ref));
    for (const key of then) {
      const waits = after.get(key) ?? new Set<string>();
      first.filter((other) => other !== key).forEach((other) => waits.add(other));
      after.set(key, waits);
    }
  }
  const edges = new Map([...after].map(([key, waits]) => [key, [...waits].sort()] as const));
  const cycle = findCycle(edges);
  return cycle ? { ok: false, cycle } : { ok: true, after: Object.fromEntries(edges) };
}
