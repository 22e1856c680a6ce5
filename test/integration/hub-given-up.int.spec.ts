import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { Reconciler } from '../../apps/hub/src/wake/reconciler';
import { change, type FlowAgent, rev } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);

/** What has failed for good stays so until the source changes again or a person decides. */
describe('a revision that was given up', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;
  let agent: FlowAgent;

  beforeEach(async () => {
    hub = await hubs.start();
    agent = await hub.join('c1');
  });

  const all = async (): Promise<readonly string[]> => (await hub.rollouts()).map(({ phase }) => phase);
  /** It is told of again in every way there is: events, everything at once, a new session, the look at what was left. */
  async function toldAgain(): Promise<void> {
    for (let n = 0; n < 3; n++) await agent.report();
    await agent.snapshot();
    await hub.connectAnew(agent);
    await hub.module.get(Reconciler).run();
    await hub.settled();
  }

  it('rollouts 29: a halt that nobody ends fails; the same revision starts nothing, the next one does', async () => {
    hubs.policies.set('default', { rollout: 'all', onHalt: { ttl: '300ms' }, target: { retry: { attempts: 1 } } });
    agent.behaviour = { outcome: 'ROLLOUT_FAILED', reason: 'CrashLoop' };
    await change('B', agent);
    const [failed] = await hub.inPhase('Failed');
    expect([failed.reason, failed.targets.get('c1')?.reason]).toEqual(['HaltExpired', 'CrashLoop']);
    const permits = agent.permits.length;
    await toldAgain();
    expect([await all(), agent.permits.length]).toEqual([['Failed'], permits]);
    agent.behaviour = {};
    await change('C', agent);
    await hub.inPhase('Succeeded');
    expect(agent.restarts).toEqual([`web@${rev('C')}`]);
  });

  it('rollouts 88: what somebody turns back is written as often as the policy says, and then left alone', async () => {
    const retry = { attempts: 2, backoff: { type: 'constant', base: '100ms', max: '100ms', jitter: 0 } };
    hubs.policies.set('default', { rollout: 'all', target: { retry } });
    agent.behaviour = { outcome: 'ROLLOUT_FAILED', reason: 'Reverted' };
    await change('B', agent);
    const [halted]: readonly Rollout[] = await hub.inPhase('Halted');
    expect(halted?.targets.get('c1')).toMatchObject({ phase: 'Failed', reason: 'Reverted' });
    expect(agent.permits.map(({ attempt }) => attempt)).toEqual([1, 2]);
    await toldAgain();
    expect([await all(), agent.permits.length]).toEqual([['Halted'], 2]);
  });
});
