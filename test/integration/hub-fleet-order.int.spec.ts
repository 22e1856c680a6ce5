import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { change, type FlowAgent } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);
const AUTH_FIRST = { dependsOn: { workloads: [{ first: 'app=auth', then: 'app=api', scope: 'fleet' }] } };

/** Workloads of the whole fleet that come one after the other, as their labels and the policy say. */
describe('what others depend on', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;
  let order: string[];

  beforeEach(async () => {
    hub = await hubs.start();
    order = [];
  });

  /** A cluster in which each workload carries its name as the label `app`. */
  async function join(cluster: string, ...names: readonly string[]): Promise<FlowAgent> {
    const agent = await hub.join(cluster, {}, names);
    const fact = agent.workload.bind(agent);
    agent.workload = (name) => ({ ...fact(name), labels: { app: name } });
    agent.restarts.push = (...restarts) => order.push(...restarts.map((text) => `${cluster} ${text.split('@')[0]}`));
    await agent.snapshot();
    return agent;
  }

  it.each([1, 3])('rollouts 74: comes first over the fleet, %d clusters at a time', async (maxConcurrency) => {
    const wave = { name: 'all', clusters: { rest: true }, maxConcurrency };
    hubs.policies.set('default', { waves: [wave], ...AUTH_FIRST, coalesce: { quietPeriod: '200ms' } });
    const agents = [await join('c1', 'auth', 'api'), await join('c2', 'api'), await join('c3', 'auth')];
    await change('B', ...agents);
    await hub.inPhase('Succeeded');
    expect(order.slice(0, 2).sort()).toEqual(['c1 auth', 'c3 auth']);
    expect(order.slice(2).sort()).toEqual(['c1 api', 'c2 api']);
  });

  it('rollouts 7: in a circle in one cluster only plans nothing, names that cluster, and restarts nothing anywhere', async () => {
    const rules = [
      { first: 'app=auth', then: 'app=api' },
      { first: 'app in (api, jobs)', then: 'app=auth' },
    ];
    const workloads = rules.map((rule) => ({ ...rule, scope: 'cluster' }));
    hubs.policies.set('default', { rollout: 'all', dependsOn: { workloads }, coalesce: { quietPeriod: '200ms' } });
    const agents = [await join('c01', 'auth', 'jobs'), await join('c07', 'auth', 'api'), await join('c08', 'api')];
    await change('B', ...agents);
    const [{ reason, message }] = await hub.inPhase('Failed');
    expect([reason, message]).toEqual(['PlanInvalid', expect.stringMatching(/^CYCLE: .*c07/)]);
    expect(message).not.toMatch(/c01|c08/);
    await change('B', ...agents);
    await hub.settled();
    expect([(await hub.rollouts()).length, agents.map(({ permits }) => permits.length)]).toEqual([1, [0, 0, 0]]);
  });

  it('rollouts 74: that fails halts the rollout, and what waits for it is not restarted anywhere', async () => {
    const wave = { name: 'all', clusters: { rest: true }, maxConcurrency: 3, maxFailures: 2 };
    const target = { retry: { attempts: 1 } };
    hubs.policies.set('default', { waves: [wave], ...AUTH_FIRST, target, coalesce: { quietPeriod: '200ms' } });
    const agents = [await join('c1', 'auth', 'api'), await join('c2', 'api'), await join('c3', 'auth')];
    agents[2]!.behaviour = { outcome: 'ROLLOUT_FAILED', reason: 'CrashLoop' };
    await change('B', ...agents);
    const [halted] = await hub.inPhase('Halted');
    expect([halted.reason, order]).toEqual(['Deadlock', ['c1 auth']]);
    expect(halted.message).toContain('c3/Deployment/shop/auth');
    agents[2]!.behaviour = {};
    await hub.module.get(RolloutService).verb(halted.id, 'retry', { actor: 'ann', from: 'spec', why: 'mended' });
    await hub.inPhase('Succeeded');
    expect([order[1], order.slice(2).sort()]).toEqual(['c3 auth', ['c1 api', 'c2 api']]);
  });
});
