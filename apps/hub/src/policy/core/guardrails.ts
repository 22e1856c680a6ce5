import type { MatchedSource } from '@app/contracts/policy/matches';
import type { Labels, WorkloadRef } from '@app/contracts/objects';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { matchesSelector } from '@app/contracts/selector';
import { type MatchedCluster, mismatch } from './match';

/** One cluster's part in a rollout, as far as guardrails ask about it. */
export type GuardedPart = Readonly<{
  /** None: a person named the workloads, no source did. */
  sources: readonly MatchedSource[];
  cluster: MatchedCluster;
  workloads: readonly Readonly<{ ref: WorkloadRef; labels: Labels }>[];
}>;

/**
 * The policies whose guardrails a cluster's part has to keep: the rollout's own, and every other enabled one that
 * matches, whatever its priority. They are taken as they are now; a policy that was deleted guards the rollouts that it
 * started as they froze it.
 */
export function guardrailsOf(
  policies: readonly ResolvedPolicy[],
  frozen: ResolvedPolicy,
  part: GuardedPart,
): readonly ResolvedPolicy[] {
  const own = policies.find(({ name }) => name === frozen.name) ?? frozen;
  return [own, ...policies.filter((policy) => policy.name !== own.name && guards(policy, part))];
}

function guards(policy: ResolvedPolicy, { sources: carried, cluster, workloads }: GuardedPart): boolean {
  const { kinds, labels } = policy.match.workloads ?? { kinds: null, labels: null };
  const concerned = workloads.filter(
    (each) => (!kinds || kinds.includes(each.ref.kind)) && (!labels || matchesSelector(labels, each.labels)),
  );
  if (concerned.length === 0) return false;
  if (carried.length > 0) return carried.some((source) => mismatch(policy, source, cluster) === null);
  // Sources lie in the namespaces of the workloads that use them: that much is known without one.
  const { sources, clusters } = policy.match;
  const near = sources?.some(({ namespaces }) => {
    return !namespaces || concerned.some(({ ref }) => namespaces.includes(ref.namespace));
  });
  return policy.enabled && near !== false && (!clusters || matchesSelector(clusters, cluster.labels));
}
