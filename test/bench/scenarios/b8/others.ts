import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';

const AT_ONCE = 500;
const spans = (targets: number): number[] =>
  Array.from({ length: Math.ceil(targets / AT_ONCE) }, (_, n) => n * AT_ONCE);

type Phases = Readonly<{ enqueue: () => Promise<void>; carryOut: () => Promise<number> }>;

/** One job per restart, added in bulk; a worker with 50 at a time that has nothing to do. */
export function bullJobs(url: string, prefix: string, targets: number): Phases {
  const connection = { url, maxRetriesPerRequest: null };
  const queue = new Queue('restarts', { connection, prefix });
  const job = (n: number) => ({
    name: 'restart',
    data: { cluster: `c${n % 1000}`, workload: `Deployment/shop/w${n}` },
  });
  const enqueue = async (): Promise<void> => {
    for (const from of spans(targets))
      await queue.addBulk(Array.from({ length: Math.min(AT_ONCE, targets - from) }, (_, n) => job(from + n)));
  };
  const carryOut = async (): Promise<number> => {
    let done = 0;
    const worker = new Worker(queue.name, () => Promise.resolve(), {
      ...{ connection, prefix, concurrency: 50, removeOnComplete: { count: 0 } },
    });
    await new Promise<void>((resolve) => {
      worker.on('completed', () => {
        done += 1;
        if (done === targets) resolve();
      });
    });
    await worker.close();
    await queue.close();
    return done;
  };
  return { enqueue, carryOut };
}

/** The least that could be done: an entry of a stream for each, read and acknowledged by a group, pipelined. */
export function rawStream(redis: Redis, key: string, targets: number): Phases {
  const enqueue = async (): Promise<void> => {
    await redis.xgroup('CREATE', key, 'g', '0', 'MKSTREAM');
    for (const from of spans(targets)) {
      const pipeline = redis.pipeline();
      for (let n = from; n < Math.min(from + AT_ONCE, targets); n += 1)
        pipeline.xadd(key, '*', 'c', `c${n % 1000}`, 'w', `Deployment/shop/w${n}`);
      await pipeline.exec();
    }
  };
  const carryOut = async (): Promise<number> => {
    let done = 0;
    while (done < targets) {
      const reply = await redis.xreadgroup('GROUP', 'g', 'me', 'COUNT', AT_ONCE, 'STREAMS', key, '>');
      const entries = (reply as [string, [string, string[]][]][] | null)?.[0]?.[1] ?? [];
      if (entries.length === 0) break;
      await redis.xack(key, 'g', ...entries.map(([id]) => id));
      done += entries.length;
    }
    return done;
  };
  return { enqueue, carryOut };
}
