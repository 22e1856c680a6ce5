import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import { Fleet, FlowHub, SpecPolicies } from './flow-hub';
import { SlowProxy } from './slow-proxy';

jest.setTimeout(60_000);

const ONE_WAY_MS = 20;

describe('the way from a change to its permit', () => {
  let server: RedisServer;
  let proxy: SlowProxy;

  beforeAll(async () => {
    server = await startRedis({ own: true });
    proxy = await SlowProxy.start(server.port, ONE_WAY_MS);
  }, 60_000);
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  it('takes 2 round trips to Redis and what the hub computes', async () => {
    const parts = { fleet: new Fleet(), policies: new SpecPolicies() };
    parts.policies.set('default', { rollout: 'all' });
    const hub = await FlowHub.start(`redis://127.0.0.1:${proxy.port}`, 'fast', parts);
    const agent = await hub.join('c1');
    const trips: number[] = [];
    for (const letter of ['B', 'C', 'D', 'E', 'F']) {
      await waitFor('quiet', async () => (await hub.rollouts()).every((rollout) => rollout.finishedAt !== null));
      const roundTrip = await fastestOf(5, () => hub.redis.ping());
      const before = agent.permits.length;
      agent.rotate(letter);
      const began = performance.now();
      await agent.report();
      await waitFor('the permit', () => agent.permits.length > before, { intervalMs: 1 });
      trips.push((performance.now() - began) / roundTrip);
    }
    await hub.stop();
    expect(Math.min(...trips)).toBeLessThan(3);
  });
});

async function fastestOf(times: number, work: () => Promise<unknown>): Promise<number> {
  let fastest = Infinity;
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    await work();
    fastest = Math.min(fastest, performance.now() - began);
  }
  return fastest;
}
