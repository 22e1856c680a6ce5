import { waitFor } from '@test/wait';
import { waitingFor } from '../../apps/hub/src/rollout/core/waiting';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { change, type FlowAgent, rev } from './flow-agent';
import { FreshHubs } from './fresh-hubs';
import { UNLIMITED } from '@test/limits/unlimited';

jest.setTimeout(30_000);
const { restarts: PLENTY } = UNLIMITED;

/** Permits are seen when they arrive: some a little later after they were given than others. The store's own times are exact. */
const ON_THE_WAY_MS = 200;

describe('limits of restarts, in a hub', () => {
  const hubs = FreshHubs.forEachTest();

  /** When which workload was restarted, in milliseconds by one clock. */
  function watched(...agents: FlowAgent[]): { at: number; name: string; cluster: string }[] {
    const seen: { at: number; name: string; cluster: string }[] = [];
    for (const agent of agents) {
      agent.restarts.push = (...texts: string[]) => {
        for (const text of texts) seen.push({ at: performance.now(), name: text, cluster: agent.cluster });
        return Array.prototype.push.apply(agent.restarts, texts);
      };
    }
    return seen;
  }

  it('rollouts 70: a cluster gets its burst at once, the others one by one, over two replicas', async () => {
    const cluster = { rate: '20/s', burst: 5 };
    hubs.policies.set('default', { rollout: 'all', limits: { restarts: { ...PLENTY, cluster } } });
    const hub = await hubs.start();
    const other = await hubs.start();
    const names = Array.from({ length: 20 }, (_, n) => `w${n}`);
    const agent = await hub.join('c1', {}, names);
    const seen = watched(agent);
    await change('B', agent);
    const [running] = await hub.inPhase('Running');
    const wait = waitingFor(running!, 0).find(({ reason }) => reason === 'RateLimit');
    expect(wait).toMatchObject({ until: expect.any(Number), detail: expect.stringContaining('20 times per second') });
    // The other replica looks at the same rollout all the time.
    const busy = setInterval(() => void other.module.get(RolloutService).wake(running!.id), 20);
    await hub.inPhase('Succeeded').finally(() => clearInterval(busy));
    expect(agent.restarts).toHaveLength(20);
    const times = seen.map(({ at }) => at);
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(700);
    const tooMany = times.flatMap((from, first) =>
      times.slice(first).filter((to, n) => n + 1 > 5 + 1 + Math.floor((to - from + ON_THE_WAY_MS) / 50)),
    );
    expect(tooMany).toEqual([]);
    expect(running!.targets.get('c1')?.attempt).toBe(1);
  });

  it('rollouts 72: a workload is left alone for its least pause, then restarted once, with the newest revision', async () => {
    const workload = { minInterval: '1s' };
    hubs.policies.set('default', { rollout: 'all', limits: { restarts: { ...PLENTY, workload } } });
    const hub = await hubs.start();
    const agent = await hub.join('c1');
    const seen = watched(agent);
    await change('B', agent);
    await waitFor('the first restart', () => seen.length === 1);
    await hub.inPhase('Succeeded');
    await change('C', agent);
    const held = await waitFor('the wait', async () =>
      (await hub.rollouts()).find(({ targets }) => targets.get('c1')?.reason === 'MinInterval'),
    );
    expect(held.targets.get('c1')).toMatchObject({ phase: 'Blocked', until: expect.any(Number), attempt: 0 });
    await change('D', agent);
    await hub.inPhase('Succeeded', 2);
    expect(seen.map(({ name }) => name)).toEqual([`web@${rev('B')}`, `web@${rev('D')}`]);
    expect(seen[1]!.at - seen[0]!.at).toBeGreaterThanOrEqual(1000);
  });

  it('a retry does not wait for the least pause of a workload: whoever mended it wants it back', async () => {
    hubs.policies.set('default', {
      rollout: 'all',
      limits: { restarts: { ...PLENTY, workload: { minInterval: '1h' } } },
    });
    const hub = await hubs.start();
    const agent = await hub.join('c1');
    agent.behaviour = { outcome: 'ROLLOUT_FAILED', reason: 'CrashLoopBackOff' };
    await change('B', agent);
    const halted = await hub.inPhase('Halted');
    agent.behaviour = {};
    const by = { actor: 'ann', from: 'spec', why: 'mended' };
    await hub.module.get(RolloutService).verb(halted.find(Boolean)!.id, 'retry', by);
    await hub.inPhase('Succeeded');
  });

  it('rollouts 75: who restarts much holds up no other cluster', async () => {
    const limits = { restarts: { ...PLENTY, global: { rate: '10/s', burst: 1 } } };
    hubs.policies.set('noisy', { rollout: 'all', match: { clusters: 'env=noisy' }, limits });
    hubs.policies.set('quiet', { rollout: 'all', match: { clusters: 'env=quiet' }, limits });
    const hub = await hubs.start();
    const many = Array.from({ length: 30 }, (_, n) => `w${n}`);
    const [noisy, quiet] = [await hub.join('c1', { env: 'noisy' }, many), await hub.join('c2', { env: 'quiet' })];
    const seen = watched(noisy, quiet);
    await change('B', noisy);
    await waitFor('the first restarts', () => seen.length > 2);
    const before = seen.length;
    await change('B', quiet);
    await waitFor('the one of the other cluster', () => quiet.restarts.length === 1);
    expect(seen.length - before).toBeLessThanOrEqual(4);
    await hub.inPhase('Succeeded', 2);
    expect(noisy.restarts).toHaveLength(30);
  });

  it('holds by default, and the strictest policy that matches where several say something', async () => {
    hubs.policies.set('default', { rollout: 'all', limits: {} });
    const hub = await hubs.start();
    const agent = await hub.join('c1', {}, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    await change('B', agent);
    const held = await waitFor('the limit', async () =>
      (await hub.rollouts()).find(
        ({ targets }) => targets.get('c1')?.reason === 'RateLimit' || targets.get('c1')?.limited,
      ),
    );
    await waitFor('its burst', () => agent.restarts.length === 2);
    expect(JSON.stringify(held)).toContain(
      'in namespace shop of cluster c1 workloads may be restarted 4 times per minute',
    );
    hubs.policies.set('default', { rollout: 'all' });
    hubs.policies.set('strict', {
      rollout: 'all',
      priority: -1,
      limits: { restarts: { cluster: { rate: '1/h', burst: 4 } } },
    });
    await hub.module.get(RolloutService).wake(held.id);
    await waitFor('what the strict policy lets begin', () => agent.restarts.length === 4);
  });
});
