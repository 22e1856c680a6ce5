import { waitFor } from '@test/wait';
import { RETURN_MS } from '../../apps/hub/src/change/gathering/core/patience';
import { WindowStore } from '../../apps/hub/src/change/gathering/window.store';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import type { FlowAgent } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);

describe('a change while some agents are away', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;

  beforeEach(async () => {
    hubs.policies.set('default', { rollout: '@env=dev, rest / 0s' });
    hub = await hubs.start();
  });

  const both = async (): Promise<[FlowAgent, FlowAgent]> => [
    await hub.join('d1', { env: 'dev' }),
    await hub.join('p1', { env: 'prod' }),
  ];
  const succeeded = (): Promise<Rollout> =>
    waitFor('a rollout that succeeded', async () => (await hub.rollouts()).find(({ phase }) => phase === 'Succeeded'));

  it.each(['0s', '200ms'])(
    'is planned once a first wave’s agent is back that was there a moment ago (%s)',
    async (quiet) => {
      hubs.policies.set('default', { rollout: '@env=dev, rest / 0s', coalesce: { quietPeriod: quiet } });
      const [dev, prod] = await both();
      await hub.disconnect(dev);
      for (const agent of [dev, prod]) agent.rotate('B');
      await prod.report();
      await waitFor('the wait', async () => (await hub.redis.keys(hub.keys.window('*', '*'))).length === 1);
      await waitFor(
        'another look',
        async () => (await hub.redis.hget(hub.keys.window('default', 'Secret/shop/db'), 'waitsSince')) !== null,
      );
      expect([await hub.rollouts(), prod.permits]).toEqual([[], []]);
      await hub.connect(dev);
      await dev.report();
      const rollout = await succeeded();
      expect(rollout.waves.map(({ clusters }) => clusters)).toEqual([['d1'], ['p1']]);
      expect([dev.restarts.length, prod.restarts.length, (await hub.rollouts()).length]).toEqual([1, 1, 1]);
    },
  );

  it('is planned once the agent is back and has nothing to tell', async () => {
    const [dev, prod] = await both();
    await hub.disconnect(dev);
    prod.rotate('B');
    await prod.report();
    await waitFor('the wait', async () => (await hub.redis.keys(hub.keys.window('*', '*'))).length === 1);
    await hub.connect(dev);
    await succeeded();
    expect([dev.restarts.length, prod.restarts.length]).toEqual([0, 1]);
    await waitFor(
      'the window to be closed',
      async () => (await hub.redis.keys(hub.keys.window('*', '*'))).length === 0,
    );
  });

  it('does not wait for an agent that has been away for long: its cluster is planned where it belongs', async () => {
    const [dev, prod] = await both();
    await hub.disconnect(dev);
    hubs.fleet.away.set(dev.cluster, Date.now() - RETURN_MS);
    prod.rotate('B');
    await prod.report();
    const rollout = await waitFor('the rollout', async () => (await hub.rollouts())[0]);
    expect(rollout.targets.get('d1')).toMatchObject({ phase: 'Blocked', reason: 'Offline', expected: null });
    expect([rollout.waves.map(({ clusters }) => clusters), prod.permits]).toEqual([[['d1'], ['p1']], []]);
  });

  it('does not wait for an agent whose cluster the policy leaves out', async () => {
    hubs.policies.set('default', { rollout: 'all', match: { clusters: 'env=prod' } });
    const [dev, prod] = await both();
    await hub.disconnect(dev);
    prod.rotate('B');
    await prod.report();
    expect((await succeeded()).targets.clusters()).toEqual(['p1']);
  });

  it('is not put off for ever', async () => {
    const windows = hub.module.get(WindowStore);
    const place = { policy: 'default', source: 'Secret/shop/other' };
    const put = (longestMs: number): Promise<string> => windows.postpone(place, { byMs: 60_000, longestMs });
    expect([await put(60_000), await put(60_000), await put(0)]).toEqual(['begun', 'goesOn', 'over']);
  });
});
