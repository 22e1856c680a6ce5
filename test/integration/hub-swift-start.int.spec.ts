import { waitFor } from '@test/wait';
import { SWIFT } from '../../apps/hub/src/change/swift/swift.script';
import { SessionFenced } from '../../apps/hub/src/fleet/inventory.store';
import { StateRedis, StoreUnavailable } from '../../apps/hub/src/platform/redis';
import type { FlowAgent } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(60_000);

type Run = StateRedis['run'];
/** What happens in place of a script's call; `run` is the call. */
type Mishap = (run: () => ReturnType<Run>) => ReturnType<Run>;

describe('a change and its rollout that are stored in one write', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;
  let other: FlowHub;
  let agent: FlowAgent;

  beforeEach(async () => {
    hubs.policies.set('default', { rollout: 'all' });
    [hub, other] = [await hubs.start(), await hubs.start()];
    agent = await hub.join('c1');
    agent.rotate('B');
    await agent.report();
    await ended(1);
    await waitFor('all to be judged', async () => (await hub.redis.zscore(hub.keys.due(), 'c:c1')) === null);
    agent.rotate('C');
  });

  const ended = (count: number): Promise<unknown> =>
    waitFor('the rollouts to end', async () => {
      const phases = (await hub.rollouts()).map(({ phase }) => phase);
      return phases.length === count && phases.every((phase) => phase === 'Succeeded');
    });

  /** Befalls the next such write of the first replica. */
  const befall = (mishap: Mishap): (() => number) => {
    let met = 0;
    const redis = hub.module.get(StateRedis);
    const run = redis.run.bind(redis);
    redis.run = (script, keys, args) => {
      const call = (): ReturnType<Run> => run(script, keys, args);
      if (script !== SWIFT || met > 0) return call();
      met += 1;
      return mishap(call);
    };
    return () => met;
  };

  it('happens once: one rollout, one permit, one restart, and no reminder is left', async () => {
    const met = befall((run) => run());
    await agent.report();
    await ended(2);
    expect([met(), agent.restarts.length, agent.permits.length]).toEqual([1, 2, 2]);
    expect(await hub.redis.zscore(hub.keys.due(), 'c:c1')).toBeNull();
  });

  it('when its reply is lost: the report counts as not stored, comes again and starts nothing more', async () => {
    befall(async (run) => {
      await run();
      throw new StoreUnavailable(new Error('the connection was lost'));
    });
    await expect(agent.report()).rejects.toThrow(StoreUnavailable);
    await agent.report();
    expect((await hub.rollouts()).map(({ phase }) => phase).sort()).toEqual(['Running', 'Succeeded']);
    const { redis, keys } = hub;
    const [permit] = (await redis.zrange(keys.due(), '0', '-1')).filter((member) => member.startsWith('d:'));
    await redis.zadd(keys.due(), 'XX', 0, permit!); // by itself it would come up some seconds later
    await ended(2);
    expect(agent.restarts).toHaveLength(2);
  });

  it('when the hub dies before it: nothing is stored, and the report that comes again starts it', async () => {
    befall(() => Promise.reject(new StoreUnavailable(new Error('never sent'))));
    await expect(agent.report()).rejects.toThrow(StoreUnavailable);
    expect(await hub.rollouts()).toHaveLength(1);
    agent.moveTo(() => other.inbound);
    await agent.report();
    await ended(2);
    expect(agent.restarts).toHaveLength(2);
  });

  it('when it is sent twice: the second is taken for the first', async () => {
    befall(async (run) => {
      await run();
      return run();
    });
    await agent.report();
    await ended(2);
    const lineages = (await hub.rollouts()).map(({ lineage }) => lineage);
    expect([agent.restarts.length, agent.permits.length, new Set(lineages).size]).toEqual([2, 2, 2]);
    expect(Math.min(...lineages)).toBeGreaterThan(0);
  });

  it('when another replica was first: the facts are stored, and nothing else is', async () => {
    agent.behaviour = { silent: true }; // restarted meanwhile it would not tell of this any more
    befall(async (run) => {
      agent.moveTo(() => other.inbound);
      await agent.report();
      await waitFor('the permit', () => agent.permits.length === 2);
      return run();
    });
    await agent.report();
    agent.behaviour = {};
    await agent.obey(agent.permits[1]!);
    await ended(2);
    expect([agent.restarts.length, agent.permits.length]).toEqual([2, 2]);
  });

  it('when another cluster tells of the same meanwhile: it joins, or has a rollout of its own', async () => {
    const second = await hub.join('c2');
    agent.revision = second.revision;
    second.moveTo(() => other.inbound);
    for (const each of [agent, second]) each.rotate('D');
    befall(async (run) => {
      await second.report();
      return run();
    });
    await agent.report();
    await waitFor('both to be restarted', () => second.restarts.length === 1 && agent.restarts.length === 2);
    await waitFor('the end', async () => (await hub.rollouts()).every(({ phase }) => phase === 'Succeeded'));
  });

  it('when a newer session of the cluster has taken over: nothing is stored', async () => {
    befall(async (run) => {
      const { session, ...later } = agent.session;
      await other.inbound.connected({ ...later, session, sessionEpoch: later.sessionEpoch + 1 });
      return run();
    });
    await expect(agent.report()).rejects.toThrow(SessionFenced);
    expect(await hub.rollouts()).toHaveLength(1);
  });
});
