import { parseDuration } from './amounts';
import type { LimitsSpec } from './limits-schema';
import { parseRate } from './rate';

/** So many restarts in so much time, of which so many may come at once after a rest. */
export type Rate = Readonly<{
  /** Microseconds from one restart to the next when they come evenly; rounded up, so that it is never more. */
  intervalUs: number;
  burst: number;
  /** As people write it: `60/m`. */
  text: string;
}>;

/** What a policy says about how often and how many at a time; null: it says nothing. */
export type ResolvedLimits = Readonly<{
  global: Rate | null;
  cluster: Rate | null;
  namespace: Rate | null;
  /** From one restart of a workload to its next; 0: none. */
  minIntervalMs: number | null;
  /** Clusters with a restart under way. */
  clusters: number | null;
  /** Restarts under way in one cluster. */
  workloadsPerCluster: number | null;
  /** Pods of workloads under restart in one cluster. */
  podsPerCluster: number | null;
}>;

/** @param burst left out: one at a time. */
export const rateOf = (text: string, burst = 1): Rate => ({ intervalUs: parseRate(text) ?? Infinity, burst, text });

const written = (spec: Readonly<{ rate: string; burst?: number | undefined }> | undefined): Rate | null =>
  spec === undefined ? null : rateOf(spec.rate, spec.burst);

export function resolveLimits(spec: LimitsSpec | undefined): ResolvedLimits {
  const { global, cluster, namespace, workload } = spec?.restarts ?? {};
  const { clusters, workloadsPerCluster, podsPerCluster } = spec?.concurrency ?? {};
  return {
    global: written(global),
    cluster: written(cluster),
    namespace: written(namespace),
    minIntervalMs: workload === undefined ? null : (parseDuration(workload.minInterval) ?? null),
    clusters: clusters ?? null,
    workloadsPerCluster: workloadsPerCluster ?? null,
    podsPerCluster: podsPerCluster ?? null,
  };
}

/** What holds for a restart about which no policy says anything. */
export const DEFAULT_LIMITS = {
  global: rateOf('60/m', 20),
  cluster: rateOf('10/m', 5),
  namespace: rateOf('4/m', 2),
  minIntervalMs: 300_000,
} as const;
