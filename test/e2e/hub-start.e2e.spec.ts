import { Redis } from 'ioredis';
import { freePorts } from '@test/processes/ports';
import { Program } from '@test/processes/program';
import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';

jest.setTimeout(60_000);

describe('a hub that starts', () => {
  let redis: RedisServer;
  let hub: Program;
  let ops: string;

  beforeAll(async () => {
    redis = await startRedis({ own: true });
  }, 60_000);
  afterAll(() => redis.stop());
  afterEach(() => hub.stop());

  const start = async (): Promise<void> => {
    const [port, opsPort] = await freePorts(2);
    ops = `http://127.0.0.1:${opsPort}`;
    hub = new Program('hub', { HUB_PORT: String(port), HUB_OPS_PORT: String(opsPort), REDIS_URL: redis.url });
    hub.start();
  };
  const probe = async (path: string): Promise<number | undefined> =>
    fetch(`${ops}${path}`).then(
      ({ status }) => status,
      () => undefined,
    );

  it('needs nothing but the address of Redis, and ends with 0 when it is told to', async () => {
    await start();
    await hub.ready();
    expect(hub.logs()).toMatch(/"adminToken":"fr_admin_[^\n]*\n(.*\n)*.*"msg":"ready"/);
    expect([await probe('/livez'), await probe('/readyz')]).toEqual([200, 200]);
    expect((await hub.kill('SIGTERM')).code).toBe(0);
  });

  it('waits for a Redis that is not there yet', async () => {
    await redis.kill();
    await start();
    await waitFor('the probes', async () => (await probe('/livez')) === 200);
    expect(await probe('/readyz')).toBe(503);
    await redis.restart();
    await hub.ready();
    await waitFor('readiness', async () => (await probe('/readyz')) === 200);
  });

  it('refuses a Redis that may evict, and says what to do', async () => {
    const client = new Redis(redis.url);
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await client.quit();
    await start();
    expect((await hub.ended()).code).toBe(78);
    expect(hub.logs()).toContain('CONFIG SET maxmemory-policy noeviction');
  });
});
