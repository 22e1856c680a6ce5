import type { Labels } from '@app/contracts/objects';
import { type MatchedSource, matchesSource } from '@app/contracts/policy/matches';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { matchesSelector } from '@app/contracts/selector';

export type MatchedCluster = Readonly<{ name: string; labels: Labels }>;

/** Why a policy does not own a (source, cluster); null when it does. */
export function mismatch(policy: ResolvedPolicy, source: MatchedSource, cluster: MatchedCluster): string | null {
  if (!policy.enabled) return `policy "${policy.name}" is disabled`;
  if (!concerns(policy, source)) return `policy "${policy.name}" does not match the source`;
  if (!isFor(policy, cluster)) return `policy "${policy.name}" does not match the cluster's labels`;
  return null;
}

/** Whether a policy is in force in a cluster, for some source at least. */
export const isFor = ({ enabled, match }: ResolvedPolicy, { labels }: MatchedCluster): boolean =>
  enabled && (!match.clusters || matchesSelector(match.clusters, labels));

const concerns = ({ match }: ResolvedPolicy, source: MatchedSource): boolean => matchesSource(match.sources, source);

/**
 * The policies that match a (source, cluster). The first one owns it unless an annotation chooses another: highest
 * priority, then most constrained, then first name.
 */
export function matchingPolicies<P extends Readonly<{ policy: ResolvedPolicy }>>(
  policies: readonly P[],
  source: MatchedSource,
  cluster: MatchedCluster,
): readonly P[] {
  return policies.filter(({ policy }) => mismatch(policy, source, cluster) === null).sort(byPrecedence);
}

/** The first of the policies that are for the source, whatever clusters they are for. */
export const firstFor = <P extends Versioned>(policies: readonly P[], source: MatchedSource): P | undefined =>
  policies.filter(({ policy }) => policy.enabled && concerns(policy, source)).sort(byPrecedence)[0];

type Versioned = Readonly<{ policy: ResolvedPolicy }>;

export const byPrecedence = (a: Versioned, b: Versioned): number =>
  b.policy.priority - a.policy.priority ||
  constraints(b.policy) - constraints(a.policy) ||
  (a.policy.name < b.policy.name ? -1 : 1);

/** How many ways a policy narrows what it matches. */
function constraints({ match }: ResolvedPolicy): number {
  const sources = (match.sources ?? []).map(
    (rule) => [rule.kinds, rule.namespaces, rule.names, rule.labels].filter((part) => part !== null).length,
  );
  const workloads = match.workloads
    ? [match.workloads.kinds, match.workloads.labels].filter((part) => part !== null).length
    : 0;
  return (sources.length > 0 ? Math.min(...sources) : 0) + (match.clusters?.length ?? 0) + workloads;
}
