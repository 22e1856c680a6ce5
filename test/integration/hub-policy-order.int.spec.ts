import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { Fleet, FlowHub, SpecPolicies } from './flow-hub';

jest.setTimeout(30_000);

describe('a policy that comes after another', () => {
  let redis: RedisServer;
  let hub: FlowHub;
  const policies = new SpecPolicies();

  beforeAll(async () => {
    redis = await startRedis();
    hub = await FlowHub.start(redis.url, 'after', { fleet: new Fleet(), policies });
  });
  afterAll(async () => {
    await hub.stop();
    await redis.stop();
  });

  const of = async (policy: string): Promise<Rollout | undefined> =>
    (await hub.rollouts()).find((rollout) => rollout.policy.name === policy);
  const standing = (policy: string, phase: string): Promise<Rollout> =>
    waitFor(`a rollout of ${policy} that is ${phase}`, async () => {
      const rollout = await of(policy);
      return rollout?.phase === phase ? rollout : undefined;
    });

  it('begins when the rollout of that one is over, and no earlier', async () => {
    policies.set('authority', { match: { clusters: 'part=authority' }, rollout: 'all' });
    policies.set('apps', {
      ...{ match: { clusters: 'part=apps' }, rollout: 'all' },
      dependsOn: { policies: ['authority', 'nowhere'] },
    });
    const [first, then] = [await hub.join('c1', { part: 'authority' }), await hub.join('c2', { part: 'apps' })];
    first.behaviour = { silent: true };
    first.rotate('B');
    await first.report();
    const ahead = await standing('authority', 'Running');
    then.rotate('B');
    await then.report();
    const waiting = await standing('apps', 'Queued');
    expect(waiting).toMatchObject({
      reason: 'PolicyOrder',
      message: `waits for rollout ${ahead.id} of policy authority, which is Running`,
    });
    const rollouts = hub.module.get(RolloutService);
    expect(await rollouts.wake(waiting.id)).toMatchObject({ phase: 'Queued', reason: 'PolicyOrder' });
    expect(then.restarts).toEqual([]);

    const [permit] = await waitFor('a permit', () => (first.permits.length > 0 ? first.permits : undefined));
    if (permit) await first.obey(permit);
    await standing('authority', 'Succeeded');
    await rollouts.wake(waiting.id);
    await standing('apps', 'Succeeded');
    expect(then.restarts).toHaveLength(1);
  });
});
