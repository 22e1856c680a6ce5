import { waitFor } from '@test/wait';
import { RETURN_MS } from '../../apps/hub/src/change/gathering/core/patience';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { change, type FlowAgent, rev } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);

const GRACE = 250;

/** Clusters whose agents were away for long when a source that they use changed elsewhere. */
describe('clusters that are out of reach when a rollout is planned', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;

  beforeEach(async () => {
    hub = await hubs.start();
  });

  const policy = (offline: object, rollout = 'all'): void => {
    hubs.policies.set('default', { rollout, offline: { grace: `${GRACE}ms`, ...offline } });
  };
  const goAway = async (agent: FlowAgent): Promise<void> => {
    await hub.disconnect(agent);
    hubs.fleet.away.set(agent.cluster, Date.now() - RETURN_MS);
  };
  const wake = async (): Promise<void> => {
    const [newest] = await hub.rollouts();
    if (newest) await hub.module.get(RolloutService).wake(newest.id);
  };
  const reasons = async (cluster: string): Promise<string> => {
    const target = (await hub.rollouts())[0]?.targets.get(cluster);
    return `${target?.phase} ${target?.reason}`;
  };

  it('rollouts 49: is deferred, the rollout ends Degraded, and back it restarts once with the newest revision', async () => {
    policy({ maxDeferred: '50%' });
    const [near, far] = [await hub.join('c1'), await hub.join('c2')];
    await goAway(far);
    await change('B', near);
    const [{ cause, targets }] = await hub.inPhase('Degraded');
    expect(targets.get('c2')).toMatchObject({ phase: 'Deferred', reason: 'Offline', expected: null });
    expect(cause.revisions.map(({ cluster }) => cluster)).toEqual(['c1']);
    far.rotate('C');
    await hub.connectAnew(far);
    await hub.inPhase('Succeeded');
    expect([near.restarts, far.restarts]).toEqual([[`web@${rev('B')}`], [`web@${rev('C')}`]]);
    await hub.inbound.connected(far.session);
    expect((await hub.rollouts()).length).toBe(2);
  });

  it('rollouts 51: more of them than may be deferred halt the rollout, which goes on when they are back', async () => {
    policy({});
    const [near, far] = [await hub.join('c1'), await hub.join('c2')];
    await goAway(far);
    await change('B', near);
    const [halted] = await hub.inPhase('Halted');
    expect([halted.reason, halted.finishedAt]).toEqual(['TooManyDeferred', null]);
    far.rotate('B');
    await hub.connectAnew(far);
    const [rollout] = await hub.inPhase('Succeeded');
    expect([rollout.id, (await hub.rollouts()).length]).toEqual([halted.id, 1]);
    expect(rollout.targets.get('c2')).toMatchObject({ phase: 'Succeeded', expected: rev('B') });
    expect(far.restarts).toEqual([`web@${rev('B')}`]);
  });

  it('waits for what it tells, and not for what it said before', async () => {
    policy({ grace: '1h' });
    const [near, far] = [await hub.join('c1'), await hub.join('c2')];
    await goAway(far);
    await change('B', near);
    await waitFor('the wait', async () => (await reasons('c2')) === 'Blocked Offline');
    far.rotate('B');
    await hub.connect(far, async () => {
      await wake();
      expect(await reasons('c2')).toBe('Blocked AwaitsReport');
      await far.snapshot();
    });
    await hub.inPhase('Succeeded');
    expect([far.restarts, (await hub.rollouts()).length]).toEqual([[`web@${rev('B')}`], 1]);
  });

  it('is skipped when it is back with nothing to restart, and takes part when the change reaches it after all', async () => {
    policy({ grace: '1h' });
    const [near, far] = [await hub.join('c1'), await hub.join('c2')];
    near.behaviour = { silent: true };
    await goAway(far);
    await change('B', near);
    await waitFor('the permit', () => near.permits.length > 0);
    await hub.connectAnew(far);
    await wake();
    await waitFor('the skip', async () => (await reasons('c2')) === 'Skipped AlreadyCurrent');
    await change('B', far);
    await waitFor('its part', async () => (await hub.rollouts())[0]?.targets.get('c2')?.expected === rev('B'));
    near.behaviour = {};
    await near.obey(near.permits[0]!);
    await hub.inPhase('Succeeded');
    expect([near.restarts.length, far.restarts.length, (await hub.rollouts()).length]).toEqual([1, 1, 1]);
  });

  it('is planned anew, without what it told before, when a newer revision replaces the rollout', async () => {
    policy({ grace: '1h' }, 'one-by-one');
    const [near, far] = [await hub.join('c1'), await hub.join('c2')];
    near.behaviour = { silent: true };
    far.behaviour = { silent: true };
    await change('B', near);
    await change('B', far);
    await waitFor('both', async () => (await hub.rollouts())[0]?.targets.get('c2')?.expected === rev('B'));
    await goAway(far);
    await change('C', near);
    const successor = await waitFor('the successor', async () =>
      (await hub.rollouts()).find(({ targets }) => targets.get('c1')?.expected === rev('C')),
    );
    expect(successor.targets.get('c2')).toMatchObject({ expected: null });
    near.behaviour = {};
    far.behaviour = {};
    far.rotate('C');
    await near.obey(near.permits.at(-1)!);
    await hub.connectAnew(far);
    await hub.inPhase('Succeeded');
    expect([far.restarts, (await hub.rollouts()).length]).toEqual([[`web@${rev('C')}`], 2]);
  });

  it('that no wave, and no policy, takes is not planned; nor a rollout of such clusters alone', async () => {
    hubs.policies.set('default', { rollout: 'all', match: { clusters: 'env=prod' }, offline: { grace: '1h' } });
    const [prod, dev, far] = [
      await hub.join('p1', { env: 'prod' }),
      await hub.join('d1', { env: 'dev' }),
      await hub.join('d2', { env: 'dev' }),
    ];
    await goAway(far);
    await change('B', dev);
    await change('B', prod);
    expect((await hub.inPhase('Succeeded'))[0].targets.clusters()).toEqual(['p1']);
  });
});
