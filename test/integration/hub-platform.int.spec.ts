import { loadHubConfig } from '../../apps/hub/src/config/hub-config';
import { HubMeta } from '../../apps/hub/src/platform/hub-meta';
import { Keys } from '../../apps/hub/src/platform/keys';
import { StateRedis, StoreUnavailable } from '../../apps/hub/src/platform/redis';
import { StoreGate, StoreRefused } from '../../apps/hub/src/platform/store-gate';
import { startRedis } from '@test/redis/start-redis';
import type { RedisServer } from '@test/redis/redis-server';
import { waitFor } from '@test/wait';

const TIME = 30_000;

describe('the store, from the hub', () => {
  let server: RedisServer;
  const opened: { onApplicationShutdown(): void }[] = [];
  beforeAll(async () => {
    server = await startRedis({ own: true });
  }, 60_000);
  afterAll(async () => {
    for (const part of opened) part.onApplicationShutdown();
    await server.stop();
  });

  const connect = (): StateRedis => {
    const redis = new StateRedis(loadHubConfig({ REDIS_URL: server.url }));
    opened.push(redis);
    return redis;
  };
  const gateTo = (redis: StateRedis): StoreGate => {
    const gate = new StoreGate(redis);
    opened.push(gate);
    gate.onApplicationBootstrap();
    return gate;
  };

  it(
    'waits for a Redis that is away, opens when it comes, and tells an outage by its own error',
    async () => {
      await server.kill();
      const redis = connect();
      const gate = gateTo(redis);
      await expect(redis.get('x')).rejects.toBeInstanceOf(StoreUnavailable);
      expect(gate.state().state).toBe('waiting');
      await server.restart();
      await gate.opened;
      await waitFor('the gate to open', () => gate.state().state === 'open');
      const replies = await redis.pipeline().incr('n').exec();
      expect(replies).toEqual([[null, 1]]);
    },
    TIME,
  );

  it(
    'keeps one identity for all replicas and rises above an epoch that an agent has obeyed',
    async () => {
      const redis = connect();
      await gateTo(redis).opened;
      const metas = [0, 1].map(() => new HubMeta(redis, new Keys('meta-spec')));
      const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => metas[n % 2]!.identity()));
      expect(new Set(ids.map((id) => id.hubId)).size).toBe(1);
      expect((await metas[0]!.raiseEpoch(7)).hubEpoch).toBe(8);
      expect((await metas[1]!.raiseEpoch(7)).hubEpoch).toBe(8);
    },
    TIME,
  );

  it(
    'tells a Redis that is full by the error of one that is away, and why, as long as it refuses',
    async () => {
      const redis = connect();
      await gateTo(redis).opened;
      let doubts = 0;
      redis.onUnavailable(() => (doubts += 1));
      await redis.config('SET', 'maxmemory', '1');
      try {
        const refused = await redis.set('x', 1).catch((error: unknown) => error);
        expect(refused).toBeInstanceOf(StoreUnavailable);
        expect(redis.refusal).toMatch(/^Redis refuses what the hub asks: OOM /);
        expect(await redis.get('y')).toBeNull();
        expect(doubts).toBe(1);
      } finally {
        await redis.config('SET', 'maxmemory', '0');
      }
      expect(await redis.set('x', 1)).toBe('OK');
      await expect(redis.incr('meta-spec', 'no number' as never)).rejects.not.toBeInstanceOf(StoreUnavailable);
    },
    TIME,
  );

  it(
    'refuses a replica at the first look, though others ask it to write meanwhile',
    async () => {
      const person = connect();
      await waitFor('a connection', () => person.status === 'ready');
      await person.call('REPLICAOF', '127.0.0.1', '1');
      const asked = connect();
      let connections = 0;
      asked.on('connect', () => (connections += 1));
      const gate = gateTo(asked);
      await waitFor('the refusal', async () => {
        await asked.set('x', 1).catch(() => undefined);
        return gate.state().state === 'refused';
      });
      expect([connections, gate.state().problems.join()]).toEqual([1, expect.stringContaining('slave')]);
      await person.call('REPLICAOF', 'NO', 'ONE');
    },
    TIME,
  );

  it(
    'refuses a Redis that may evict or that keeps nothing, with the remedy for each',
    async () => {
      const redis = connect();
      await waitFor('a connection', () => redis.status === 'ready');
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await redis.config('SET', 'appendonly', 'no');
      const refused = await gateTo(connect()).opened.catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(StoreRefused);
      expect(String(refused)).toMatch(/CONFIG SET maxmemory-policy noeviction[^]*CONFIG SET appendonly yes/);
    },
    TIME,
  );
});
