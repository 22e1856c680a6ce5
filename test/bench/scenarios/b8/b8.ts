import { startRedis } from '@test/redis/start-redis';
import { loadHubConfig } from '../../../../apps/hub/src/config/hub-config';
import { LimitClock } from '../../../../apps/hub/src/limits/limit-clock';
import { HubMetrics } from '../../../../apps/hub/src/ops/metrics';
import { Keys } from '../../../../apps/hub/src/platform/keys';
import { StateRedis } from '../../../../apps/hub/src/platform/redis';
import { RolloutStore } from '../../../../apps/hub/src/rollout/rollout.store';
import { UnreadableRollouts } from '../../../../apps/hub/src/rollout/unreadable-rollouts';
import { eachOf } from '../../frame/each-of';
import { cpuMs } from '../../frame/processes';
import { since, spentBy } from '../../frame/redis-cost';
import type { BenchOptions, Outcome, Scenario } from '../../frame/scenario';
import { bullJobs, rawStream } from './others';
import { OneRollout, PER_CLUSTER } from './ours';
import { asTable, type Passed } from './result';

const CLUSTERS = Array.from({ length: 1000 }, (_, n) => `c${n}`);
const ROLLOUTS = 1;
const FULL_ROLLOUTS = 10;
const AT_ONCE = 10;

/** From the plan to the last acknowledgement, without clusters: what the hub and its Redis have to do for each restart. */
export const B8: Scenario = {
  id: 'B8',
  title: 'many restarts over a thousand clusters, enqueued, dispatched and acknowledged',
  async run({ rounds, full, say }: BenchOptions): Promise<Outcome> {
    const rollouts = full ? FULL_ROLLOUTS : ROLLOUTS;
    const targets = rollouts * CLUSTERS.length * PER_CLUSTER;
    const results: Readonly<Record<'ours' | 'bull' | 'stream', Passed[]>> = { ours: [], bull: [], stream: [] };
    for (let round = 1; round <= rounds; round += 1) {
      say(`round ${round}`);
      results.ours.push(await onRedis(targets, (redis, prefix) => ours(redis, prefix, rollouts)));
      results.bull.push(await onRedis(targets, (_redis, prefix, url) => bullJobs(url, prefix, targets)));
      results.stream.push(await onRedis(targets, (redis, prefix) => rawStream(redis, `${prefix}:stream`, targets)));
    }
    return asTable(results, targets);
  },
};

type Phases = Readonly<{ enqueue: () => Promise<void>; carryOut: () => Promise<number> }>;

/** On a Redis of its own. */
async function onRedis(
  targets: number,
  make: (redis: StateRedis, prefix: string, url: string) => Phases,
): Promise<Passed> {
  const server = await startRedis({ own: true });
  const redis = new StateRedis(loadHubConfig({ REDIS_URL: server.url, REDIS_PREFIX: 'b8', LOG_LEVEL: 'silent' }));
  try {
    await new Promise((resolve) => redis.once('ready', resolve));
    const sent = countSent(redis);
    const { enqueue, carryOut } = make(redis, 'b8', server.url);
    const [memory, spent, cpu] = [await memoryOf(redis), await spentBy(redis), cpuMs(process.pid)];
    const begin = performance.now();
    await enqueue();
    const enqueuedMs = performance.now() - begin;
    const bytes = ((await memoryOf(redis)) - memory) / targets;
    const again = performance.now();
    const done = await carryOut();
    const ms = enqueuedMs + performance.now() - again;
    const { us, commands } = since(spent, await spentBy(redis));
    return {
      ...{ perSecond: (1000 * targets) / ms, bytes, commands: commands / targets, sent: sent() / targets },
      ...{ redisUs: us / targets, ownUs: (1000 * (cpuMs(process.pid) - cpu)) / targets, missed: targets - done },
    };
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

function ours(redis: StateRedis, prefix: string, rollouts: number): Phases {
  const keys = new Keys(prefix);
  const clock = new LimitClock(redis, keys);
  const store = new RolloutStore(redis, keys, clock, new UnreadableRollouts(new HubMetrics()));
  // What the fleet says is there before the clock runs: the hub reads it, and is not measured by how we make it up.
  const all = Array.from({ length: rollouts }, (_, n) => new OneRollout(store, CLUSTERS, n));
  let done = 0;
  return {
    enqueue: () => eachOf(all, AT_ONCE, (rollout) => rollout.enqueue()),
    carryOut: async () => {
      await eachOf(all, AT_ONCE, async (rollout) => {
        const succeeded = await rollout.carryOut();
        done += succeeded;
      });
      clock.onApplicationShutdown();
      return done;
    },
  };
}

/** Commands that the connection was given from now on. */
function countSent(redis: StateRedis): () => number {
  const send = redis.sendCommand.bind(redis);
  let count = 0;
  redis.sendCommand = (...args) => {
    count += 1;
    return send(...args);
  };
  return () => count;
}

/** Of what is kept: without the room for the next command of a connection, which is as long as its last one for a while. */
async function memoryOf(redis: StateRedis): Promise<number> {
  const told = await redis.info('memory');
  const bytes = (field: string): number => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(told)?.[1] ?? NaN);
  return bytes('used_memory') - bytes('mem_clients_normal') - bytes('mem_aof_buffer');
}
