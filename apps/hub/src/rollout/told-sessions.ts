import type { Keys } from '../platform/keys';
import type { StateRedis } from '../platform/redis';

/** By cluster the session in which its agent has told everything; a cluster of which not everything is known is left out. */
export async function toldSessions(
  redis: StateRedis,
  keys: Keys,
  clusters: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (clusters.length === 0) return new Map();
  const asked = clusters.flatMap((cluster) => [keys.sessionFloor(cluster), keys.inventoryDigest(cluster)]);
  const found = await redis.mget(...asked);
  return new Map(
    clusters.flatMap((cluster, n) => {
      const [epoch, digest] = [found[2 * n], found[2 * n + 1]];
      return epoch && digest ? [[cluster, Number(epoch)] as const] : [];
    }),
  );
}
