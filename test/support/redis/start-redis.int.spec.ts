import { Redis } from 'ioredis';
import type { RedisServer } from './redis-server';
import { startRedis } from './start-redis';

describe('the Redis of tests and demos', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis({ own: true });
  }, 60_000);
  afterAll(() => server.stop());

  it('keeps what it acknowledged over a SIGKILL, on the same port', async () => {
    const before = new Redis(server.url);
    await before.set('fr:kept', 'yes');
    before.disconnect();
    await server.kill();
    await server.restart();
    const after = new Redis(server.url);
    await expect(after.get('fr:kept')).resolves.toBe('yes');
    await after.quit();
  }, 30_000);

  it('writes each command to disk and evicts nothing', async () => {
    const client = new Redis(server.url);
    const settings = await client.config('GET', 'appendfsync', 'appendonly', 'maxmemory-policy');
    await client.quit();
    expect(settings).toEqual(expect.arrayContaining(['always', 'yes', 'noeviction']));
  });
});
