import type { Labels, SourceRef } from '@app/contracts/objects';
import type { ResolvedPolicy, SourceMatch } from '@app/contracts/policy/resolved';
import { matchesSelector } from '@app/contracts/selector';

export type MatchedSource = Readonly<{ ref: SourceRef; labels: Labels }>;
export type MatchedCluster = Readonly<{ name: string; labels: Labels }>;

/** Why a policy does not own a (source, cluster); null when it does. */
export function mismatch(policy: ResolvedPolicy, source: MatchedSource, cluster: MatchedCluster): string | null {
  if (!policy.enabled) return `policy "${policy.name}" is disabled`;
  const { clusters } = policy.match;
  if (!concerns(policy, source)) return `policy "${policy.name}" does not match the source`;
  if (clusters && !matchesSelector(clusters, cluster.labels))
    return `policy "${policy.name}" does not match the cluster's labels`;
  return null;
}

const concerns = ({ match }: ResolvedPolicy, source: MatchedSource): boolean =>
  !match.sources || match.sources.some((rule) => matchesSource(rule, source));

function matchesSource(rule: SourceMatch, { ref, labels }: MatchedSource): boolean {
  return (
    (!rule.kinds || rule.kinds.includes(ref.kind)) &&
    (!rule.namespaces || rule.namespaces.includes(ref.namespace)) &&
    (!rule.names || rule.names.includes(ref.name)) &&
    (!rule.labels || matchesSelector(rule.labels, labels))
  );
}

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

const byPrecedence = (a: Versioned, b: Versioned): number =>
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
