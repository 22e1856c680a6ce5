import { waitFor } from '@test/wait';
import { StoreUnavailable } from '../../apps/hub/src/platform/redis';
import { SessionFenced } from '../../apps/hub/src/fleet/inventory.store';
import { RolloutRetention } from '../../apps/hub/src/rollout/rollout-retention';
import { Reconciler } from '../../apps/hub/src/wake/reconciler';
import { change, rev, SOURCE_KEY } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(60_000);

const WAVES = { rollout: '@env=dev, rest / 0s' };

describe('after something broke', () => {
  const hubs = FreshHubs.forEachTest({ own: true });
  beforeEach(() => hubs.policies.set('default', { rollout: 'all' }));

  it('rollouts 58: completes a rollout whose queues were lost', async () => {
    const hub = await hubs.start();
    hubs.policies.set('default', {
      waves: [
        { name: 'dev', clusters: { selector: 'env=dev' }, soak: { for: '2s' } },
        { name: 'rest', clusters: { rest: true } },
      ],
    });
    const [dev, prod] = [await hub.join('d1', { env: 'dev' }), await hub.join('p1', { env: 'prod' })];
    hubs.policies.set('default', { ...WAVES, coalesce: { quietPeriod: '500ms' } });
    await change('B', dev, prod);
    await waitFor('the first restart', async () => {
      await flushQueues(hub);
      return dev.restarts.length === 1;
    });
    await flushQueues(hub);
    await hub.inPhase('Succeeded');
    expect([dev.restarts, prod.restarts]).toEqual([[`web@${rev('B')}`], [`web@${rev('B')}`]]);
  });

  it('rollouts 56: sends a permit that was stored and never sent, and the same one', async () => {
    const hub = await hubs.start();
    const agent = await hub.join('c1');
    const lost: unknown[] = [];
    const deliver = hubs.fleet.permit.bind(hubs.fleet);
    hubs.fleet.permit = (...args) => (lost.push(args[1]) === 1 ? Promise.resolve(true) : deliver(...args));
    await change('B', agent);
    await hub.inPhase('Succeeded');
    expect([lost.length, agent.restarts.length]).toEqual([2, 1]);
    expect(agent.permits[0]?.restarts).toEqual((lost[0] as (typeof agent.permits)[0]).restarts);
  });

  it('rollouts 57: goes on where another replica stopped, with everything that happened meanwhile', async () => {
    const first = await hubs.start();
    hubs.policies.set('default', { ...WAVES, coalesce: { quietPeriod: '300ms' } });
    const agents = [await first.join('d1', { env: 'dev' }), await first.join('p1'), await first.join('p2')];
    const [dev] = agents;
    dev!.behaviour = { silent: true };
    await change('B', ...agents);
    await waitFor('the first permit', () => dev!.permits.length > 0);
    await first.stop();
    const second = await hubs.start();
    agents.forEach((agent) => agent.moveTo(() => second.inbound));
    dev!.behaviour = {};
    await Promise.all(agents.map((agent) => second.connect(agent)));
    await second.inPhase('Succeeded');
    expect(agents.map((agent) => agent.restarts.length)).toEqual([1, 1, 1]);
  });

  it('finds what changed while no hub ran', async () => {
    const first = await hubs.start();
    const agent = await first.join('c1');
    await first.stop();
    agent.rotate('B');
    const second = await hubs.start();
    agent.moveTo(() => second.inbound);
    await second.connect(agent);
    await agent.snapshot();
    await second.inPhase('Succeeded');
    expect(agent.restarts).toEqual([`web@${rev('B')}`]);
  });

  it('judges a report whose hub died right after it had stored it', async () => {
    const first = await hubs.start();
    const agent = await first.join('c1');
    hubs.policies.set('default', { rollout: 'off' }); // stored, and nobody decides
    await change('B', agent);
    await first.stop();
    hubs.policies.set('default', { rollout: 'all' });
    const second = await hubs.start();
    agent.moveTo(() => second.inbound);
    await second.inPhase('Succeeded');
    expect(agent.restarts.length).toBe(1);
  });

  it('rollouts 59: waits out a Redis that is gone, and goes on by itself', async () => {
    const hub = await hubs.start();
    hubs.policies.set('default', { ...WAVES, coalesce: { quietPeriod: '300ms' } });
    const [dev, prod] = [await hub.join('d1', { env: 'dev' }), await hub.join('p1')];
    dev.behaviour = { silent: true };
    await change('B', dev, prod);
    await waitFor('the first permit', () => dev.permits.length > 0);
    await hubs.server.kill();
    await expect(dev.obey(dev.permits[0]!)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(prod.report()).rejects.toBeInstanceOf(StoreUnavailable);
    expect(prod.permits).toEqual([]);
    await hubs.server.restart();
    await waitFor('the hub to be back', () => hub.redis.status === 'ready');
    dev.behaviour = {};
    await dev.obey(dev.permits[0]!);
    await hub.inPhase('Succeeded');
    expect([dev.restarts.length, prod.restarts.length]).toEqual([1, 1]);
    await change('C', dev); // the window closes by a job: timers and workers are back too
    await waitFor('the next restart', () => dev.restarts.length === 2);
  });

  it('is not held up by a rollout that has vanished from the store', async () => {
    const hub = await hubs.start();
    const agent = await hub.join('c1');
    await hub.redis.set(hub.keys.active('default', SOURCE_KEY), 'r-gone');
    await hub.redis.sadd(hub.keys.activeRuns(), 'r-gone');
    await change('B', agent);
    await hub.inPhase('Succeeded');
    expect(await hub.redis.exists(hub.keys.active('default', SOURCE_KEY))).toBe(0);
  });

  it('keeps finished rollouts as long as it should, and no rollout that is not over is removed', async () => {
    const hub = await hubs.start();
    const [agent, other] = [await hub.join('c1'), await hub.join('c2')];
    await change('B', agent);
    await hub.inPhase('Succeeded');
    other.behaviour = { silent: true };
    await change('B', other);
    await hub.inPhase('Running');
    const retention = hub.module.get(RolloutRetention);
    expect(await retention.prune(Date.now())).toBe(0);
    // Older ones that nobody starts.
    const drafts = Array.from({ length: 300 }, (_, n) => [n, `r-draft-${n}`]).flat();
    const listed = [hub.keys.runs(), hub.keys.runsInPhase('Draft')];
    for (const key of listed) await hub.redis.zadd(key, ...drafts);
    // And one that another version of the hub wrote.
    const foreign = [hub.keys.runs(), hub.keys.runsInPhase('Succeeded'), hub.keys.runsOfCluster('c1')];
    for (const key of foreign) await hub.redis.zadd(key, 1, 'r-foreign');
    await hub.redis.hset(hub.keys.run('r-foreign'), { head: '{"shape":2}', 't:c1': '{"shape":2}', ver: 1 });
    expect(await retention.prune(Date.now() + 31 * 86_400_000)).toBe(2);
    expect(await hub.redis.exists(hub.keys.run('r-foreign'))).toBe(0);
    for (const key of listed) await hub.redis.zremrangebyscore(key, 0, 300);
    expect((await hub.rollouts()).map(({ phase }) => phase)).toEqual(['Running']);
    const left = await hub.redis.keys(`${hub.keys.runs()}*`);
    const members = await Promise.all(left.map((key) => hub.redis.zcard(key)));
    expect(Math.max(...members)).toBe(1);
  });

  it('rollouts 39: an older revision that is told after a newer one starts nothing', async () => {
    const hub = await hubs.start();
    const agent = await hub.join('c1');
    const old = agent.session;
    await hub.connect(agent);
    const current = agent.session;
    await change('C', agent);
    await hub.inPhase('Succeeded');
    agent.session = old; // the connection before had this one under way
    await expect(change('B', agent)).rejects.toBeInstanceOf(SessionFenced);
    agent.session = current;
    await hub.module.get(Reconciler).run();
    expect(await hub.inbound.inventoryDigest('c1')).toBe(`digest-${rev('C')}`);
    expect([(await hub.rollouts()).length, agent.restarts]).toEqual([1, [`web@${rev('C')}`]]);
  });

  it('takes nothing from a session that a newer one has replaced', async () => {
    const hub = await hubs.start();
    const agent = await hub.join('c1');
    const old = agent.session;
    await hub.connect(agent);
    agent.rotate('B');
    const current = agent.session;
    agent.session = old;
    await expect(agent.report()).rejects.toBeInstanceOf(SessionFenced);
    agent.session = current;
    expect(await hub.inbound.inventoryDigest('c1')).toBe(`digest-${rev('A')}`);
  });
});

/** What BullMQ keeps, all of it. */
async function flushQueues(hub: FlowHub): Promise<void> {
  const keys = await hub.redis.keys(`${hub.keys.queues}*`);
  if (keys.length > 0) await hub.redis.del(keys);
}
