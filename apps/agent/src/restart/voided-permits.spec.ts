import { FakeCluster } from '../testing/fake-cluster';
import { afterCrash, changed, give, outcomes, permitFor, RecordingLink } from '../testing/permits';
import { testAgent } from '../testing/test-agent';
import { TestClock } from '../testing/test-clock';
import { PermitService } from './permit.service';

describe('what voids permits', () => {
  it('protocol 52, rollouts 33: a cancellation holds for what comes after it, also under a new agent', async () => {
    const first = await changed();
    first.link.handler?.cancel({ rollout: 'r-1', fence: 1001 });
    const permit = permitFor(first);
    await give(first, permit);
    expect(outcomes(first)).toEqual(['REVOKED Revoked']);
    await first.guards.stop();
    const second = await afterCrash(first);
    await give(second, permit);
    expect(outcomes(second)).toEqual(['REVOKED Revoked']);
    expect(second.cluster.patches).toEqual([]);
  });

  it('protocol 52: a hub epoch that is over, also under a new agent', async () => {
    const first = await changed();
    first.link.handler?.obey(7);
    await first.guards.stop();
    const second = await afterCrash(first);
    expect(second.link.handler?.maxHubEpochSeen()).toBe(7);
    await give(second, permitFor(second, { hubEpoch: 6 }));
    expect(outcomes(second)).toEqual(['FENCED OldHubEpoch']);
  });

  it('no permit is obeyed before they are read', async () => {
    const cluster = new FakeCluster();
    cluster.storeFailure = new Error('no');
    const clock = new TestClock();
    const link = new RecordingLink();
    const agent = testAgent(cluster, clock);
    void new PermitService({ ...agent, link }, clock, () => undefined).start();
    await clock.advance(5000);
    expect(link.handler).toBeUndefined();
    cluster.storeFailure = null;
    await clock.advance(2000);
    expect(link.handler).toBeDefined();
  });
});
