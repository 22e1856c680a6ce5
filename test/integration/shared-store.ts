import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import { loadHubConfig } from '../../apps/hub/src/config/hub-config';
import { StateRedis } from '../../apps/hub/src/platform/redis';

/** A Redis and the connection that the hub has to it, for all tests of a `describe`; in it one empty store after another. */
export class SharedStore {
  private server: RedisServer | undefined;
  private connection: StateRedis | undefined;
  private stores = 0;

  /** Registers what has to happen before and after; to be called in the `describe`. */
  static forAllTests(): SharedStore {
    const store = new SharedStore();
    beforeAll(async () => {
      store.server = await startRedis();
      store.connection = await connected(store.server);
    }, 60_000);
    afterAll(async () => {
      store.connection?.onApplicationShutdown();
      await store.server?.stop();
    });
    return store;
  }

  get redis(): StateRedis {
    return there(this.connection);
  }

  /** Of the keys of the store that is in use. */
  get prefix(): string {
    return `${there(this.server).prefix}-${this.stores}`;
  }

  /** From now on another one is in use, with nothing in it. @returns its prefix */
  anew(): string {
    this.stores += 1;
    return this.prefix;
  }
}

/** Does this with a Redis of its own. `die` pulls its power cord, and resolves when it is there again. */
export async function onMortalRedis(
  work: (redis: StateRedis, die: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const server = await startRedis({ own: true });
  const redis = await connected(server);
  try {
    await work(redis, async () => {
      const back = new Promise((resolve) => redis.once('close', () => redis.once('ready', resolve)));
      await server.kill();
      await server.restart();
      await back;
    });
  } finally {
    redis.onApplicationShutdown();
    await server.stop();
  }
}

async function connected({ url, prefix }: RedisServer): Promise<StateRedis> {
  const redis = new StateRedis(loadHubConfig({ REDIS_URL: url, REDIS_PREFIX: prefix, LOG_LEVEL: 'silent' }));
  await waitFor('Redis', () => redis.status === 'ready');
  return redis;
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('there is no Redis before the first hook');
  return part;
}
