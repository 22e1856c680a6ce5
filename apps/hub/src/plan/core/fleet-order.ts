import { objectKey } from '@app/contracts/objects';
import { findCycle } from '@app/contracts/policy/waves';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { matchesSelector } from '@app/contracts/selector';
import type { CandidateCluster, CandidateWorkload, FleetPlace, PlannedWave, PlanWarning } from './model';

type Rules = ResolvedPolicy['workloadOrder'];

/** Undefined: no rule over the fleet concerns it. */
export function fleetPlace(rules: Rules, { labels }: Pick<CandidateWorkload, 'labels'>): FleetPlace | undefined {
  const over = rules.map((rule, index) => ({ rule, index })).filter(({ rule }) => rule.scope === 'fleet');
  const first = over.filter(({ rule }) => matchesSelector(rule.first, labels)).map(({ index }) => index);
  const after = over.filter(({ rule }) => matchesSelector(rule.then, labels)).map(({ index }) => index);
  return first.length === 0 && after.length === 0 ? undefined : { first, after };
}

/**
 * Workloads that would wait for each other over the fleet, each named with its cluster; undefined when there are none.
 * A rule waits for another when one of its own first ones comes after that one's.
 */
export function fleetCycle(rules: Rules, clusters: readonly CandidateCluster[]): readonly string[] | undefined {
  if (!rules.some(({ scope }) => scope === 'fleet')) return undefined;
  const placed = clusters.flatMap(({ name, workloads }) =>
    workloads.flatMap((workload) => {
      const place = fleetPlace(rules, workload);
      return place === undefined ? [] : [{ name: `${name}/${objectKey(workload.ref)}`, place }];
    }),
  );
  const waits = new Map<string, Map<string, string>>();
  for (const { name, place } of placed) {
    for (const rule of place.first) {
      const known = waits.get(String(rule)) ?? new Map<string, string>();
      place.after.forEach((other) => known.set(String(other), name));
      waits.set(String(rule), known);
    }
  }
  const cycle = findCycle(new Map([...waits].map(([rule, others]) => [rule, [...others.keys()].sort()] as const)));
  return cycle?.slice(1).map((to, at) => waits.get(cycle[at] ?? '')?.get(to) ?? '');
}

/** Workloads that wait for those of a later wave, which does not start before they are through. */
export function fleetWarnings(waves: readonly PlannedWave[]): readonly PlanWarning[] {
  const places = waves.map(({ targets }) =>
    targets.flatMap(({ workloads }) => workloads.flatMap(({ fleet }) => fleet ?? [])),
  );
  return waves.flatMap((wave, index) => {
    const after = new Set(places[index]?.flatMap((place) => place.after));
    const later = waves.filter(
      (_, other) => other > index && places[other]?.some(({ first }) => first.some((rule) => after.has(rule))),
    );
    return later.map(({ name }) => ({
      code: 'FLEET_ORDER_ACROSS_WAVES',
      detail: `workloads of wave "${wave.name}" wait for workloads of wave "${name}": if that starts after it, the rollout halts`,
      subject: wave.name,
    }));
  });
}
