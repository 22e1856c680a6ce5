import { waitFor } from '@test/wait';
import type { AgentInbound } from '../../apps/hub/src/gateway/agent.port';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { change, type FlowAgent, rev } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);

/** Whatever is said to it is lost. */
const DEAF = new Proxy({} as AgentInbound, { get: () => () => Promise.resolve() });

/** Agents that go while their permit is with them. */
describe('a cluster that is lost in the middle of a restart', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;
  let agents: readonly FlowAgent[];

  /** c1 has its permit, and nothing is heard of it from now on. */
  async function lost(lostAfter: string): Promise<FlowAgent> {
    const wave = { name: 'all', clusters: { rest: true }, maxConcurrency: 1 };
    hubs.policies.set('default', { waves: [wave], target: { lostAfter }, coalesce: { quietPeriod: '200ms' } });
    hub = await hubs.start();
    agents = [await hub.join('c1'), await hub.join('c2'), await hub.join('c3')];
    const [first] = agents;
    first!.behaviour = { silent: true };
    await change('B', ...agents);
    await waitFor('the permit', () => first!.permits.length > 0);
    await hub.disconnect(first!);
    await seen('Unknown LostContact');
    return first!;
  }
  const seen = (wanted: string): Promise<Rollout> =>
    waitFor(wanted, async () => {
      const [rollout] = await hub.rollouts();
      const { phase = '', reason = '' } = rollout?.targets.get('c1') ?? {};
      return `${phase} ${reason}`.trim() === wanted && rollout;
    });
  const permits = (): readonly number[] => agents.map((agent) => agent.permits.length);

  it('rollouts 47: back in time it is given the same permit, and what it had restarted is not restarted again', async () => {
    const first = await lost('1h');
    first.behaviour = {};
    first.moveTo(() => DEAF);
    await first.obey(first.permits[0]!);
    expect([first.restarts.length, permits()]).toEqual([1, [1, 0, 0]]);
    first.moveTo(() => hub.inbound);
    await hub.connectAnew(first);
    await hub.inPhase('Succeeded');
    expect(agents.map(({ restarts }) => restarts)).toEqual(agents.map(() => [`web@${rev('B')}`]));
    expect(new Set(first.permits.map(({ restarts }) => restarts[0]?.permit)).size).toBe(1);
  });

  it('rollouts 48: not back in time it has failed, and with none tolerated nothing else is ever started', async () => {
    const first = await lost('700ms');
    expect(permits()).toEqual([1, 0, 0]);
    const halted = await seen('Failed LostContact');
    expect([halted.phase, halted.reason]).toEqual(['Halted', 'FailureLimit']);
    first.behaviour = {};
    await hub.connectAnew(first);
    await change('B', ...agents);
    await hub.settled();
    expect([(await hub.rollouts()).map(({ phase }) => phase), permits()]).toEqual([['Halted'], [1, 0, 0]]);
  });
});
