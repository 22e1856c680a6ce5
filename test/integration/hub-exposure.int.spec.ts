import { waitFor } from '@test/wait';
import { change, type FlowAgent } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);
const ONCE = { retry: { attempts: 1 } };

/** How many clusters are at risk at a time: from the words of a policy to the permits that go out. */
describe('clusters at risk', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;
  let agents: FlowAgent[];

  /** A change in so many clusters, whose agents do nothing by themselves. */
  async function changed(count: number, spec: object): Promise<void> {
    hubs.policies.set('default', { target: ONCE, coalesce: { quietPeriod: '200ms' }, ...spec });
    hub = await hubs.start();
    agents = [];
    for (let n = 0; n < count; n++) agents.push(await hub.join(`c${String(n).padStart(2, '0')}`));
    for (const agent of agents) agent.behaviour = { silent: true };
    await change('B', ...agents);
  }
  const all = (more: object): object => ({ waves: [{ name: 'all', clusters: { rest: true }, ...more }] });
  const started = (): number => agents.filter(({ permits }) => permits.length > 0).length;
  const toStart = (count: number): Promise<unknown> =>
    waitFor(`${count} to start`, () => started() === count, { describe: () => String(started()) });
  async function obey(from: number, to: number, behaviour: FlowAgent['behaviour'] = {}): Promise<void> {
    for (const agent of agents.slice(from, to)) {
      agent.behaviour = behaviour;
      await agent.obey(agent.permits[0]!);
    }
  }
  const FAILS = { outcome: 'ROLLOUT_FAILED', reason: 'CrashLoop' } as const;

  it.each([
    [2, 3],
    [0, 1],
  ])(
    'rollouts 22: bounded, with %d failures tolerated and every cluster failing, %d start',
    async (tolerated, most) => {
      await changed(10, all({ maxConcurrency: 10, maxFailures: tolerated, failureExposure: 'bounded' }));
      await toStart(most);
      await obey(0, most, FAILS);
      const [halted] = await hub.inPhase('Halted');
      await hub.settled();
      expect([halted.reason, started()]).toEqual(['FailureLimit', most]);
    },
  );

  it('rollouts 26: with a ramp 1, 2, 4 and 8 start, and one after a failure', async () => {
    await changed(19, all({ maxConcurrency: 8, maxFailures: 1, ramp: { start: 1, factor: 2 } }));
    let through = 0;
    for (const batch of [1, 2, 4, 8]) {
      await toStart(through + batch);
      if (batch < 8) await obey(through, (through += batch));
    }
    await obey(7, 8, FAILS);
    await obey(8, 15);
    await toStart(16);
    const [{ targets }] = await hub.inPhase('Running');
    expect(['c16', 'c17', 'c18'].map((name) => targets.get(name)?.reason)).toEqual(['Ramp', 'Ramp', 'Ramp']);
  });

  it('rollouts 30: a failure with onFailure: continue keeps back what depends on it, and nothing else', async () => {
    const wave = (name: string, cluster: string, dependsOn: readonly string[]): object => ({
      ...{ name, clusters: { names: [cluster] }, dependsOn, soak: { for: '0s' } },
    });
    const waves = [wave('a', 'c00', []), wave('b', 'c01', ['a']), wave('c', 'c02', [])];
    await changed(3, { waves, onFailure: 'continue' });
    await toStart(2);
    await obey(0, 1, FAILS);
    await obey(2, 3);
    const [done] = await hub.inPhase('Degraded');
    expect(done.waves.map(({ phase }) => phase)).toEqual(['Failed', 'Cancelled', 'Succeeded']);
    expect(agents.map(({ permits }) => permits.length)).toEqual([1, 0, 1]);
  });
});
