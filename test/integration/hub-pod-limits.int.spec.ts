import type { Permit } from '@app/contracts/wire/hub-messages';
import { UNLIMITED } from '@test/limits/unlimited';
import { waitFor } from '@test/wait';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { waitingFor } from '../../apps/hub/src/rollout/core/waiting';
import { change, type FlowAgent, rev } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);
const PERSON = { actor: 'ann', from: 'spec', why: 'x' };
const most = (podsPerCluster: number) => ({ ...UNLIMITED, concurrency: { podsPerCluster } });

describe('pods of a cluster under restart at once, in a hub', () => {
  const hubs = FreshHubs.forEachTest();

  /** An agent whose workloads want so many pods each; it notes its permits and does nothing. */
  async function silent(hub: FlowHub, pods: Readonly<Record<string, number>>): Promise<FlowAgent> {
    const agent = await hub.join('c1', {}, Object.keys(pods));
    for (const [name, count] of Object.entries(pods)) agent.pods.set(name, count);
    agent.behaviour = { silent: true };
    await agent.snapshot();
    return agent;
  }
  const held = (hub: FlowHub): Promise<number> => hub.redis.exists(hub.keys.locks('c1'), hub.keys.locked());
  const only = (permit: Permit, name: string): Permit => ({
    ...permit,
    restarts: permit.restarts.filter(({ workload }) => workload.name === name),
  });

  it('the smallest number of all policies holds, over two replicas; a workload with more goes alone', async () => {
    const pods = { a: 2, b: 2, big: 8, c: 2, d: 1, none: 0 };
    hubs.policies.set('default', { rollout: 'all', limits: most(9) });
    hubs.policies.set('guardrail', { rollout: 'all', priority: -1, limits: most(5) });
    const hub = await hubs.start();
    const other = await hubs.start();
    const agent = await silent(hub, pods);
    await change('B', agent);
    const [running] = await hub.inPhase('Running');
    const wait = await waitFor('the wait', async () => {
      const [now] = await hub.rollouts();
      return now && waitingFor(now, 0).find(({ reason }) => reason === 'ConcurrencyLimit');
    });
    expect(wait.detail).toMatch(
      /pods of c1 under restart: \d of at most 5; Deployment.shop.big has 8, too many to go with/,
    );

    const busy = setInterval(() => void other.module.get(RolloutService).wake(running.id), 20);
    const [under, done] = [new Map<string, number>(), new Set<string>()];
    const alone: string[] = [];
    try {
      while (done.size < Object.keys(pods).length) {
        const permit = await waitFor('a permit', () => {
          const news = agent.permits.flatMap(({ restarts }) => restarts.map(({ workload }) => workload.name));
          for (const name of news) if (!done.has(name)) under.set(name, Math.max(1, agent.pods.get(name) ?? 0));
          return agent.permits.findLast(({ restarts }) => restarts.some(({ workload }) => under.has(workload.name)));
        });
        const sum = [...under.values()].reduce((all, count) => all + count, 0);
        expect(sum <= 5 || under.size === 1).toBe(true);
        if (sum > 5) alone.push(...under.keys());
        const name = permit.restarts.find(({ workload }) => under.has(workload.name))!.workload.name;
        under.delete(name);
        done.add(name);
        await agent.obey(only(permit, name));
      }
      await hub.inPhase('Succeeded');
    } finally {
      clearInterval(busy);
    }
    expect([alone, agent.restarts.length, await held(hub)]).toEqual([['big'], 6, 0]);
  });

  it.each<readonly [string, (hub: FlowHub, agent: FlowAgent, permit: Permit) => Promise<unknown>]>([
    [
      'fails',
      async (hub, agent, permit) => {
        agent.behaviour = { outcome: 'ROLLOUT_FAILED', silent: true };
        await agent.obey(permit);
        await hub.inPhase('Halted');
      },
    ],
    [
      'is cancelled',
      async (hub, agent, permit) => {
        await hub.module.get(RolloutService).verb(permit.rollout, 'cancel', PERSON);
        agent.behaviour = { outcome: 'REVOKED', silent: true };
        await agent.obey(permit);
        await hub.inPhase('Cancelled');
      },
    ],
    [
      'is lost',
      async (hub, agent) => {
        await hub.disconnect(agent);
        await hub.inPhase('Halted');
      },
    ],
    [
      'is superseded',
      async (hub, agent) => {
        agent.behaviour = {};
        await change('C', agent);
        await hub.inPhase('Superseded');
        await hub.inPhase('Succeeded');
        expect(agent.restarts).toEqual([`a@${rev('C')}`, `b@${rev('C')}`]);
      },
    ],
  ])('are given back when a restart %s', async (_how, end) => {
    hubs.policies.set('default', { rollout: 'all', limits: most(3), target: { lostAfter: '1s' } });
    const hub = await hubs.start();
    const agent = await silent(hub, { a: 3, b: 3 });
    await change('B', agent);
    const permit = await waitFor('the permit', () => agent.permits[0]);
    expect(permit.restarts.map(({ workload }) => workload.name)).toEqual(['a']);
    expect(await held(hub)).toBe(2);
    await end(hub, agent, permit);
    await waitFor('what was held to be given back', async () => (await held(hub)) === 0);
  });
});
