import { Queue, Worker } from 'bullmq';
import { setTimeout as pause } from 'node:timers/promises';
import { type Spent, spentBy, since } from '../../frame/redis-cost';
import type { StateRedis } from '../../../../apps/hub/src/platform/redis';

export type Limited = Readonly<{ instants: readonly number[]; spent: Spent; decisions: number }>;
export type BullOptions = Readonly<{ url: string; prefix: string; max: number; durationMs: number; forMs: number }>;

/** The same restarts as jobs of BullMQ, one each, of which two workers may begin so many in so much time. */
export async function bullLimited(redis: StateRedis, options: BullOptions): Promise<Limited> {
  const { url, prefix, max, durationMs: duration, forMs } = options;
  const connection = { url, maxRetriesPerRequest: null };
  const queue = new Queue('limited', { connection, prefix });
  const enough = Math.ceil((2 * max * forMs) / duration);
  await queue.addBulk(Array.from({ length: enough }, (_, n) => ({ name: 'restart', data: { n } })));
  const instants: number[] = [];
  const before = await spentBy(redis);
  const workers = [1, 2].map(
    () =>
      new Worker(
        queue.name,
        () => {
          instants.push(performance.now());
          return Promise.resolve();
        },
        { connection, prefix, concurrency: 50, limiter: { max, duration }, removeOnComplete: { count: 0 } },
      ),
  );
  await pause(forMs);
  const spent = since(before, await spentBy(redis));
  await Promise.all(workers.map((worker) => worker.close(true)));
  const seen = instants.toSorted((a, b) => a - b);
  await queue.obliterate({ force: true });
  await queue.close();
  return { instants: seen, spent, decisions: seen.length };
}
