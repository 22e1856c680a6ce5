import { since, type Spent, spentBy } from '../../frame/redis-cost';
import type { StateRedis } from '../../../../apps/hub/src/platform/redis';

export type Writes = Readonly<{ spent: Spent; count: number }>;

const COUNT = 1000;

/** The least that a decision can cost that is kept: one plain write, one at a time, by the same connection. */
export async function plainWrites(redis: StateRedis, key: string): Promise<Writes> {
  const before = await spentBy(redis);
  for (let n = 0; n < COUNT; n += 1) await redis.set(key, String(n));
  return { spent: since(before, await spentBy(redis)), count: COUNT };
}
