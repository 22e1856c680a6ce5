import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { sourceFact } from '@app/contracts/wire/facts';
import { factFrom } from '../fleet/core/stored-fact';
import type { Keys } from '../platform/keys';
import type { StateRedis } from '../platform/redis';
import type { MatchedSource } from '@app/contracts/policy/matches';

/** The sources in each of these clusters: with the labels that they have there, if one of the policies asks for labels. */
export async function matchedSources(
  redis: StateRedis,
  keys: Keys,
  sources: readonly SourceRef[],
  { clusters, policies }: Readonly<{ clusters: readonly string[]; policies: readonly ResolvedPolicy[] }>,
): Promise<readonly (readonly MatchedSource[])[]> {
  const bare = sources.map((ref) => ({ ref, labels: {} }));
  if (sources.length === 0 || !policies.some(asksForLabels)) return clusters.map(() => bare);
  const names = sources.map(objectKey);
  const texts = await Promise.all(clusters.map((cluster) => redis.hmget(keys.sources(cluster), ...names)));
  return texts.map((there) =>
    sources.map((ref, n) => ({ ref, labels: factFrom(sourceFact, there[n] ?? null)?.labels ?? {} })),
  );
}

const asksForLabels = ({ match }: ResolvedPolicy): boolean =>
  match.sources?.some(({ labels }) => labels !== null) ?? false;
