import { waitFor } from '@test/wait';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { change, type FlowAgent, rev } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);

/** The hub reckons with the clock of Redis, which it reads now and then. */
const CLOCKS_DIFFER_MS = 100;

/** What happens to a first wave while the second waits for it. */
describe('while a wave soaks', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;
  let dev: FlowAgent;
  let prod: FlowAgent;

  beforeEach(async () => {
    hubs.policies.set('default', {
      waves: [
        { name: 'dev', clusters: { selector: 'env=dev' }, soak: { for: '1h', onRegression: 'fail' } },
        { name: 'rest', clusters: { rest: true } },
      ],
      coalesce: { quietPeriod: '200ms' },
    });
    hub = await hubs.start();
    dev = await hub.join('d1', { env: 'dev' });
    prod = await hub.join('p1', { env: 'prod' });
  });

  const soaking = (): Promise<Rollout> =>
    waitFor('the soak', async () => (await hub.rollouts()).find(({ waves }) => waves[0]?.phase === 'Soaking'));

  /** The dev workload is not ready any more, and the hub is told so until it has seen it: well before a sweep. */
  const lost = (seen: (rollout: Rollout) => boolean): Promise<Rollout> => {
    dev.ready = 0;
    const look = async (): Promise<Rollout | undefined> => {
      await dev.report();
      return (await hub.rollouts()).find(seen);
    };
    return waitFor('the loss to be seen', look, { timeoutMs: 5000, intervalMs: 50 });
  };

  it('rollouts 16: a workload that was restarted and is not ready any more fails the wave', async () => {
    await change('B', dev, prod);
    const { id } = await soaking();
    // Scaled up, which is no loss.
    dev.wants = 3;
    await dev.report();
    expect(await hub.module.get(RolloutService).wake(id)).toMatchObject({ phase: 'Running' });
    const halted = await lost(({ phase }) => phase === 'Halted');
    expect([halted.phase, halted.reason, halted.waves[0]?.phase]).toEqual(['Halted', 'Regression', 'Failed']);
    dev.ready = 1;
    await dev.report();
    expect((await hub.rollouts()).map(({ phase }) => phase)).toEqual(['Halted']);
    expect(halted.message).toMatch(/Deployment\/shop\/web in cluster d1 is not ready any more/);
    expect(prod.restarts).toEqual([]);
  });

  it('rollouts 16: with reset the soak begins again when the workload is ready again, however short that was', async () => {
    const soakMs = 600;
    const soak = { for: `${soakMs}ms`, onRegression: 'reset' };
    const waves = [
      { name: 'dev', clusters: { selector: 'env=dev' }, soak },
      { name: 'rest', clusters: { rest: true } },
    ];
    hubs.policies.set('default', { waves, coalesce: { quietPeriod: '100ms' } });
    const times = restartTimes(prod);
    await change('B', dev, prod);
    const { waves: before } = await soaking();
    const { waves: after } = await lost((rollout) => rollout.waves[0]?.regressed?.lasts === true);
    expect(after[0]?.soakUntil).toBeGreaterThan(before[0]?.soakUntil ?? Infinity);
    await waitFor('half of that to pass', () => Date.now() > (after[0]?.soakUntil ?? 0) - soakMs / 2);
    dev.ready = 1;
    const readyAt = Date.now();
    await dev.report();
    await hub.inPhase('Succeeded');
    expect(times[0]).toBeGreaterThan(readyAt + soakMs - CLOCKS_DIFFER_MS);
    expect([times.length, await hub.redis.exists(hub.keys.watching())]).toEqual([1, 0]);
  });

  it('rollouts 14: the next change of the source soaks as long as the first, whatever that one had done', async () => {
    const soakMs = 700;
    hubs.policies.set('default', { rollout: `@env=dev, rest / ${soakMs}ms`, coalesce: { quietPeriod: '100ms' } });
    const times = [dev, prod].map(restartTimes);
    for (const [done, letter] of ['B', 'C'].entries()) {
      await change(letter, dev, prod);
      const { waves } = await waitFor('the end', async () => {
        const [newest, ...others] = await hub.rollouts();
        return others.length === done && newest?.phase === 'Succeeded' && newest;
      });
      const [first = NaN, second = NaN] = times.map((of) => of[done]);
      expect(waves[0]?.soakUntil).toBeGreaterThan(first + soakMs - CLOCKS_DIFFER_MS);
      expect(second).toBeGreaterThan((waves[0]?.soakUntil ?? Infinity) - CLOCKS_DIFFER_MS);
    }
    expect(times.map((of) => of.length)).toEqual([2, 2]);
  });

  it('rollouts 39: who told late of older content goes on to the newer one in the rollout under way', async () => {
    const late = await hub.join('x1', { env: 'prod' });
    await change('C', dev, prod);
    const { id } = await soaking();
    const expects = (letter: string): Promise<unknown> =>
      waitFor(letter, async () => {
        const [newest] = await hub.rollouts();
        return newest?.targets.get('x1')?.expected === rev(letter);
      });
    await change('B', late);
    await expects('B');
    await change('C', late);
    await expects('C');
    await hub.settled();
    const rollouts = await hub.rollouts();
    expect(rollouts.map((each) => [each.id, each.waves[0]?.phase])).toEqual([[id, 'Soaking']]);
    expect(late.permits).toEqual([]);
  });

  it('rollouts 42: the old content again restarts what had taken in the new one, and nothing else', async () => {
    await change('B', dev, prod);
    const { id } = await soaking();
    await change('A', dev, prod);
    await waitFor('the way back', () => dev.restarts.length === 2);
    await waitFor('the end of the first', async () => {
      const first = (await hub.rollouts()).find((each) => each.id === id);
      return first?.phase === 'Superseded';
    });
    const [second] = await hub.rollouts();
    expect(second?.targets.clusters()).toEqual(['d1']);
    expect([dev.restarts, prod.restarts]).toEqual([[`web@${rev('B')}`, `web@${rev('A')}`], []]);
  });

  it('rollouts 42: there and back while changes are gathered is nothing', async () => {
    await change('B', dev, prod);
    await change('A', dev, prod);
    await waitFor('the window', async () => (await hub.redis.keys(hub.keys.window('*', '*'))).length === 0);
    expect([await hub.rollouts(), dev.restarts, prod.restarts]).toEqual([[], [], []]);
  });
});

/** When its workload was restarted, by the clock of this process. */
function restartTimes({ restarts }: FlowAgent): readonly number[] {
  const times: number[] = [];
  const push = restarts.push.bind(restarts);
  restarts.push = (...items) => (times.push(Date.now()), push(...items));
  return times;
}
