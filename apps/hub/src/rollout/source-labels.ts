import { type Labels, objectKey, type SourceRef } from '@app/contracts/objects';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { sourceFact } from '@app/contracts/wire/facts';
import { factFrom } from '../fleet/core/stored-fact';
import type { Keys } from '../platform/keys';
import type { StateRedis } from '../platform/redis';

/** The labels of a source in each of these clusters, if one of the policies asks for labels; else none. */
export async function sourceLabels(
  redis: StateRedis,
  keys: Keys,
  source: SourceRef | null,
  { clusters, policies }: Readonly<{ clusters: readonly string[]; policies: readonly ResolvedPolicy[] }>,
): Promise<readonly Labels[]> {
  if (source === null || !policies.some(asksForLabels)) return clusters.map(() => ({}));
  const key = objectKey(source);
  const texts = await Promise.all(clusters.map((cluster) => redis.hget(keys.sources(cluster), key)));
  return texts.map((text) => factFrom(sourceFact, text)?.labels ?? {});
}

const asksForLabels = ({ match }: ResolvedPolicy): boolean =>
  match.sources?.some(({ labels }) => labels !== null) ?? false;
