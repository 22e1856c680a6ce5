import { DEFAULT_LIMITS, type Rate, type ResolvedLimits } from '@app/contracts/policy/limits';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';

/** A rate that restarts are counted in. Those that it `holds` wait for it, too. */
export type CountedRate = Readonly<{ rate: Rate; holds: boolean }>;

/** Limits that the restarts of one cluster's part in a rollout have to keep, as they are now. */
export type LimitsHere = Readonly<{
  global: readonly CountedRate[];
  cluster: readonly CountedRate[];
  namespace: readonly CountedRate[];
  /** 0: none. */
  minIntervalMs: number;
  /** null: no limit. */
  clusters: number | null;
  workloadsPerCluster: number | null;
  podsPerCluster: number | null;
}>;

type Scope = 'global' | 'cluster' | 'namespace';

/** Rates that all policies of the hub name, by scope: whatever restarts counts in them, so that each sees the whole fleet. */
export type KnownRates = Readonly<Record<Scope, readonly Rate[]>>;

/** Each costs every restart a little: policies that name more rates for one scope than this share less with each other. */
const MOST_KNOWN = 16;

const sameRate = (a: Rate, b: Rate): boolean => a.intervalUs === b.intervalUs && a.burst === b.burst;
const distinct = (rates: readonly Rate[]): readonly Rate[] =>
  rates.filter((rate, at) => rates.findIndex((other) => sameRate(rate, other)) === at);

export function knownRates(policies: readonly ResolvedPolicy[]): KnownRates {
  const named = (scope: Scope): readonly Rate[] => {
    const rates = policies.flatMap(({ enabled, limits }) => (enabled && limits?.[scope] ? [limits[scope]] : []));
    return distinct([DEFAULT_LIMITS[scope], ...rates]).slice(0, MOST_KNOWN);
  };
  return { global: named('global'), cluster: named('cluster'), namespace: named('namespace') };
}

/**
 * All that the policies say holds, so the strictest does. A default holds only where none of them says anything.
 * @param guarding the policies that match this part, as they are now.
 */
export function limitsFor(guarding: readonly ResolvedPolicy[], known: KnownRates): LimitsHere {
  const limits = guarding.flatMap((policy) => policy.limits ?? []);
  const rates = (scope: Scope): readonly CountedRate[] => {
    const said = distinct(limits.flatMap((each) => each[scope] ?? []));
    const held = said.length > 0 ? said : [DEFAULT_LIMITS[scope]];
    const others = known[scope].filter((rate) => !held.some((each) => sameRate(each, rate)));
    return [...held.map((rate) => ({ rate, holds: true })), ...others.map((rate) => ({ rate, holds: false }))];
  };
  const numbers = (field: Exclude<keyof ResolvedLimits, Scope>): readonly number[] =>
    limits.flatMap((each: ResolvedLimits) => each[field] ?? []);
  const pauses = numbers('minIntervalMs');
  return {
    ...{ global: rates('global'), cluster: rates('cluster'), namespace: rates('namespace') },
    minIntervalMs: pauses.length > 0 ? Math.max(...pauses) : DEFAULT_LIMITS.minIntervalMs,
    clusters: least(numbers('clusters')),
    workloadsPerCluster: least(numbers('workloadsPerCluster')),
    podsPerCluster: least(numbers('podsPerCluster')),
  };
}

const least = (numbers: readonly number[]): number | null => (numbers.length > 0 ? Math.min(...numbers) : null);
