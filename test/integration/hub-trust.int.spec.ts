import { waitFor } from '@test/wait';
import { ClusterRegistry } from '../../apps/hub/src/fleet/registry';
import { waitingFor } from '../../apps/hub/src/rollout/core/waiting';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { change, type FlowAgent } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);

/** Clusters of which it is in doubt who they are, or whether they could prove what they did. */
describe('clusters that can not be trusted with a restart', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;
  let agents: readonly FlowAgent[];

  beforeEach(async () => {
    hub = await hubs.start();
    agents = [await hub.join('c1'), await hub.join('c2')];
  });

  const registry = (): ClusterRegistry => hub.module.get(ClusterRegistry);
  const speaks = (cluster: string, proto: number): Promise<void> =>
    registry().observed(cluster, { agentVersion: '1', kubernetesVersion: '1', proto });
  const restarts = (): number[] => agents.map((agent) => agent.restarts.length);
  /** What the newest rollout waits for, looked at afresh. */
  async function waits(): Promise<readonly string[]> {
    const [newest] = await hub.rollouts();
    if (!newest) return [];
    const rollout = await hub.module.get(RolloutService).wake(newest.id);
    return [rollout.phase, ...waitingFor(rollout, Date.now()).map(({ reason, detail }) => `${reason} ${detail}`)];
  }
  const until = (wanted: RegExp): Promise<unknown> =>
    waitFor(String(wanted), async () => wanted.test((await waits()).join('; ')), { intervalMs: 50 });

  it('rollouts 54: an agent that could not prove it is deferred, and restarted once it is a newer one', async () => {
    const offline = { grace: '300ms', maxDeferred: '100%' };
    hubs.policies.set('default', { rollout: 'all', target: { minReady: '1500ms' }, offline });
    await speaks('c1', 2);
    await speaks('c2', 1);
    await change('B', ...agents);
    await until(/AgentTooOld 1 in wave all: c2/);
    await until(/^Degraded/);
    expect([restarts(), agents[0]?.permits[0]?.minReadySeconds]).toEqual([[1, 0], 2]);
    await speaks('c2', 2);
    await agents[1]?.report();
    await hub.inbound.connected(agents[1]!.session);
    await until(/^Succeeded/);
    expect(restarts()).toEqual([1, 1]);
  });

  it('rollouts 55: nothing starts where two clusters claim one identity, until a person has settled that', async () => {
    hubs.policies.set('default', { rollout: 'all', maxFailures: 0 });
    await registry().claimed('c2');
    await change('B', ...agents);
    await until(/^Running; IdentityConflict 1 in wave all: c2/);
    expect(restarts()).toEqual([1, 0]);
    await registry().approve('c2');
    await until(/^Succeeded/);
    expect(restarts()).toEqual([1, 1]);
  });
});
