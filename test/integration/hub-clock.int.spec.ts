import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import { DOUBT_MS, SETTLE_MS } from '../../apps/hub/src/platform/core/clock-guard';
import { PresenceStore } from '../../apps/hub/src/fleet/registry-presence';
import { Clock, ClockInDoubt } from '../../apps/hub/src/platform/clock';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { Dispatcher } from '../../apps/hub/src/dispatch/dispatcher';
import type { FlowAgent } from './flow-agent';
import { Fleet, FlowHub, SpecPolicies } from './flow-hub';

jest.setTimeout(30_000);
const HOUR = 3_600_000;
const SOAK_MS = 600_000;
const POLICY = {
  coalesce: { quietPeriod: '200ms' },
  waves: [
    { name: 'dev', clusters: { names: ['dev-1'] }, soak: { for: '10m' } },
    { name: 'rest', clusters: { rest: true } },
  ],
};

/** How far a step was is measured: a millisecond may go either way. */
const MEASURED_MS = 50;
const lastSeenIn = (text: string | null): number => (JSON.parse(text ?? '{}') as { lastSeen: number }).lastSeen;

/** Nobody can set the clock of a Redis that runs: what it answers when it is asked for the time is moved instead. */
describe('a step of the clock of Redis', () => {
  let redis: RedisServer;
  let hub: FlowHub;
  let dev: FlowAgent;
  let prod: FlowAgent;
  let stepMs = 0;
  let passedMs = 0;

  beforeEach(async () => {
    [stepMs, passedMs] = [0, 0];
    redis = await startRedis();
    const policies = new SpecPolicies();
    policies.set('default', POLICY);
    const monotonic = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => monotonic() + passedMs);
    hub = await FlowHub.start(redis.url, redis.prefix, { fleet: new Fleet(), policies });
    const time = hub.redis.time.bind(hub.redis);
    jest.spyOn(hub.redis, 'time').mockImplementation(async () => {
      const [seconds, micros] = await time();
      return [Math.floor(Number(seconds) + (stepMs + passedMs) / 1000), Number(micros)];
    });
    dev = await hub.join('dev-1');
    prod = await hub.join('prod-1');
  });
  afterEach(async () => {
    await hub.stop();
    await redis.stop();
    jest.restoreAllMocks();
  });

  const clock = (): Clock => hub.module.get(Clock);
  const look = (id: string): Promise<Rollout> => hub.module.get(RolloutService).wake(id);
  async function passes(ms: number): Promise<void> {
    passedMs += ms;
    await clock().refresh();
  }
  async function steps(ms: number): Promise<void> {
    stepMs += ms;
    await clock().refresh();
  }
  /** A change that has gone through dev and soaks. */
  async function soaking(): Promise<Rollout> {
    for (const agent of [prod, dev]) {
      agent.rotate('B');
      await agent.report();
    }
    return waitFor('dev to soak', async () =>
      (await hub.rollouts()).find(({ waves }) => waves[0]?.phase === 'Soaking' && waves[1]?.clusters.length === 1),
    );
  }
  /** What the hub writes of sessions that it has heard of just now. */
  async function heard(): Promise<void> {
    const lastSeen = clock().now();
    const seen = [dev, prod].map(({ session: { cluster, session } }) => ({ cluster, session, lastSeen }));
    await hub.module.get(PresenceStore).touch(seen);
  }

  it.each([2 * HOUR, -2 * HOUR])('rollouts 62: of %d ms ends no soak and lets nothing happen twice', async (by) => {
    const { id, waves } = await soaking();
    const before = clock().now();
    const left = (waves[0]?.soakUntil ?? 0) - before;

    await steps(by);
    expect(clock().guarded()).toBe(true);
    expect(Math.abs(clock().now() - before)).toBeLessThan(30_000);
    expect((await look(id)).waves[0]?.phase).toBe('Soaking');
    await expect(hub.module.get(Dispatcher).prepare()).rejects.toBeInstanceOf(ClockInDoubt);

    await passes(DOUBT_MS);
    expect(Math.abs(clock().now() - (before + by + DOUBT_MS))).toBeLessThan(30_000);
    expect(clock().guarded()).toBe(true);
    expect((await look(id)).waves[0]?.phase).toBe('Soaking');

    await passes(SETTLE_MS);
    await heard();
    expect(clock().guarded()).toBe(false);
    const moved = await look(id);
    expect(moved).toMatchObject({ phase: 'Running', clock: { steps: 1 } });
    expect(moved.waves[0]?.phase).toBe('Soaking');
    const leftNow = (moved.waves[0]?.soakUntil ?? 0) - clock().now();
    expect(Math.abs(left - DOUBT_MS - SETTLE_MS - leftNow)).toBeLessThan(5000);
    expect(prod.permits).toEqual([]);

    await passes(SOAK_MS - DOUBT_MS - SETTLE_MS);
    await heard();
    const done = await waitFor('the rest', async () => {
      const found = await look(id);
      return found.phase === 'Succeeded' ? found : undefined;
    });
    expect(done.waves.map(({ phase }) => phase)).toEqual(['Succeeded', 'Succeeded']);
    expect([dev.restarts.length, prod.restarts.length]).toEqual([1, 1]);
  });

  it('that is followed sets right what was written by the clock before', async () => {
    const { redis: store, keys } = hub;
    const ahead = Date.now() + 2 * HOUR;
    const text = (lastSeen: number): string =>
      `{"connection":"online","session":"s","sessionEpoch":1,"replica":"r","since":${lastSeen},"lastSeen":${lastSeen}}`;
    await store.hset(keys.presence(), 'old-1', text(ahead), 'new-1', text(ahead - 2 * HOUR));
    const place = 'w:default|Secret/shop/other';
    await store.zadd(keys.due(), ahead + 5000, place);
    await store.sadd(keys.openWindows(), place);
    await store.hset(keys.window('default', 'Secret/shop/other'), 'openedAt', ahead, 'closeAt', ahead + 20_000);

    await steps(-2 * HOUR);
    await passes(DOUBT_MS);
    const seen = (await store.hmget(keys.presence(), 'old-1', 'new-1')).map(lastSeenIn);
    expect(seen.map((at) => Math.abs(at - (ahead - 2 * HOUR)) < MEASURED_MS)).toEqual([true, true]);
    expect(Number(await store.zscore(keys.due(), place))).toBeLessThan(ahead - HOUR);
    const window = await store.hmget(keys.window('default', 'Secret/shop/other'), 'openedAt', 'closeAt');
    const [openedAt = 0, closeAt = 0] = window.map(Number);
    expect(Math.abs(openedAt - (ahead - 2 * HOUR))).toBeLessThan(MEASURED_MS);
    expect(closeAt - openedAt).toBe(20_000);
    await steps(0);
    expect(await store.hget(keys.clock(), 'steps')).toBe('1');
  });

  it('that is taken back changes nothing, and what happens meanwhile is noted', async () => {
    dev.behaviour = { silent: true };
    for (const agent of [prod, dev]) {
      agent.rotate('B');
      await agent.report();
    }
    const { id } = await waitFor('dev to be asked', async () =>
      dev.permits.length > 0 ? (await hub.rollouts())[0] : undefined,
    );
    await steps(2 * HOUR);
    const [permit] = dev.permits;
    if (permit) await dev.obey(permit);
    const noted = await hub.module.get(RolloutService).wake(id);
    expect(noted.targets.get('dev-1')?.restarts[0]?.phase).toBe('Succeeded');
    expect(noted.waves[0]?.phase).toBe('Active');
    await steps(-2 * HOUR);
    expect(clock().guarded()).toBe(false);
    expect(await look(id)).not.toHaveProperty('clock');
    expect((await look(id)).waves[0]?.phase).toBe('Soaking');
    expect(dev.restarts).toHaveLength(1);
  });
});
