import type { Result } from '@app/contracts/wire/agent-messages';
import type { WhenUnreachable } from '../config/core/unreachable';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import { FallbackService } from './fallback.service';

const MINUTE = 60_000;
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const HALF_AN_HOUR: WhenUnreachable = { kind: 'fallback', afterMs: 30 * MINUTE };

type Scene = TestAgent &
  Readonly<{ cluster: FakeCluster; clock: TestClock; hub: { silentSince: number | null }; results: Result[] }>;

/** An agent whose hub was never reached, and Deployments on one Secret, with a wish of their own each. */
async function begin(
  whenUnreachable: WhenUnreachable,
  wishes: Readonly<Record<string, string | undefined>>,
  orders: Readonly<Record<string, string>> = {},
): Promise<Scene> {
  const cluster = new FakeCluster();
  const clock = new TestClock();
  cluster.secret('db', 'one');
  for (const [name, wish] of Object.entries(wishes)) {
    const annotations = {
      ...AUTO,
      ...(wish === undefined ? {} : { 'fleet-reloader.io/hub-unreachable': wish }),
      ...(orders[name] === undefined ? {} : { 'fleet-reloader.io/restart-after': orders[name] }),
    };
    cluster.put('Deployment', name, deployment('db', annotations));
    cluster.settle(name);
  }
  const agent = testAgent(cluster, clock);
  const hub: Scene['hub'] = { silentSince: 0 };
  const results: Result[] = [];
  const link = {
    outOfTouchMs: () => (hub.silentSince === null ? 0 : clock.monotonic() - hub.silentSince),
    result: (result: Result) => void results.push(result),
  };
  const order = { circle: () => undefined, waits: () => undefined };
  const fallback = new FallbackService(
    { ...agent, workbench: agent.inventory, link, clock },
    { whenUnreachable, coalesceMs: 1000, progressDeadlineMs: MINUTE, told: () => undefined, order },
  );
  agent.inventory.start();
  await fallback.start();
  agent.restarts.open();
  return { ...agent, cluster, clock, hub, results };
}

async function change({ cluster }: Scene, content = 'two'): Promise<void> {
  cluster.secret('db', content);
  await turn();
}

const restarted = ({ cluster }: Scene): string[] => cluster.patches.map(({ workload }) => workload.name);

describe('while the hub can not be reached', () => {
  it('protocol 66: hold restarts nothing, however long', async () => {
    const scene = await begin({ kind: 'hold' }, { app: undefined, other: 'hold' });
    await change(scene);
    await scene.clock.advance(24 * 60 * MINUTE);
    expect(restarted(scene)).toEqual([]);
  }, 30_000);

  it('protocol 67: fallback restarts when the time is over, one after the other, and tells the hub', async () => {
    const scene = await begin(HALF_AN_HOUR, { a: undefined, b: undefined, c: 'hold' });
    await scene.clock.advance(5 * MINUTE);
    await change(scene);
    await scene.clock.advance(30 * MINUTE - 1000);
    expect(restarted(scene)).toEqual([]);
    await scene.clock.advance(2000);
    expect(restarted(scene)).toEqual(['a']);
    await scene.clock.advance(10_000);
    expect(restarted(scene)).toEqual(['a']);
    scene.cluster.settle('a');
    await scene.clock.advance(1000);
    expect(restarted(scene)).toEqual(['a', 'b']);
    scene.cluster.settle('b');
    await scene.clock.advance(60 * MINUTE);
    expect(restarted(scene)).toEqual(['a', 'b']);
    expect(scene.cluster.template('a')).toMatchObject({ 'fleet-reloader.io/rollout': 'local' });
    expect(scene.results).toMatchObject([
      { workload: { name: 'a' }, outcome: 'APPLIED', authority: 'local', rollout: 'local' },
      { workload: { name: 'b' }, outcome: 'APPLIED', authority: 'local' },
    ]);
  });

  it('protocol 67: a hub that answers does not let it happen, and the time begins anew', async () => {
    const scene = await begin(HALF_AN_HOUR, { app: undefined });
    await change(scene);
    await scene.clock.advance(29 * MINUTE);
    scene.hub.silentSince = null;
    await scene.clock.advance(60 * MINUTE);
    expect(restarted(scene)).toEqual([]);
    scene.hub.silentSince = scene.clock.monotonic();
    await scene.clock.advance(29 * MINUTE);
    expect(restarted(scene)).toEqual([]);
    await scene.clock.advance(2 * MINUTE);
    expect(restarted(scene)).toEqual(['app']);
  });

  it('protocol 67: a wall clock that jumps means nothing', async () => {
    const scene = await begin(HALF_AN_HOUR, { app: undefined });
    await change(scene);
    jest.spyOn(scene.clock, 'wall').mockReturnValue(Date.UTC(2030, 0, 1));
    await scene.clock.advance(29 * MINUTE);
    expect(restarted(scene)).toEqual([]);
    jest.spyOn(scene.clock, 'wall').mockReturnValue(0);
    await scene.clock.advance(2 * MINUTE);
    expect(restarted(scene)).toEqual(['app']);
  });

  it('protocol 68: immediate restarts within ten seconds of the change', async () => {
    const scene = await begin({ kind: 'immediate' }, { app: undefined });
    await change(scene);
    await scene.clock.advance(4000);
    expect(restarted(scene)).toEqual([]);
    await scene.clock.advance(2000);
    expect(restarted(scene)).toEqual(['app']);
  });

  it('a workload chooses for itself, and what can not be read holds, with a warning', async () => {
    const scene = await begin({ kind: 'hold' }, { eager: 'immediate', patient: 'fallback:1h', odd: 'whenever' });
    await change(scene);
    await scene.clock.advance(MINUTE);
    expect(restarted(scene)).toEqual(['eager']);
    scene.cluster.settle('eager');
    await scene.clock.advance(61 * MINUTE);
    expect(restarted(scene)).toEqual(['eager', 'patient']);
    expect(scene.told.misunderstood.join()).toContain('"whenever"');
  });

  it('what fails is not tried again without the hub, until there is other content', async () => {
    const scene = await begin({ kind: 'immediate' }, { app: undefined });
    scene.cluster.answers.push({ kind: 'rejected', reason: 'Forbidden', message: 'no' });
    await change(scene);
    await scene.clock.advance(10 * MINUTE);
    expect(scene.results).toMatchObject([{ outcome: 'PATCH_REJECTED', authority: 'local' }]);
    await change(scene, 'three');
    await scene.clock.advance(10_000);
    expect(restarted(scene)).toHaveLength(2);
  });

  it('restarts come in the order that annotations ask for, and others do not wait for it', async () => {
    const wishes = { api: undefined, db: undefined, stranger: undefined };
    const scene = await begin({ kind: 'immediate' }, wishes, { api: 'db' });
    await change(scene);
    for (const name of ['db', 'api', 'stranger']) {
      await scene.clock.advance(10_000);
      expect(restarted(scene).at(-1)).toBe(name);
      scene.cluster.settle(name);
    }
    await scene.clock.advance(MINUTE);
    expect(restarted(scene)).toHaveLength(3);
  });

  it('what comes after a failure waits for it or the hub, whichever is first', async () => {
    const wishes = { api: undefined, db: undefined, stranger: undefined };
    const scene = await begin({ kind: 'immediate' }, wishes, { api: 'db' });
    scene.cluster.answers.push({ kind: 'rejected', reason: 'Forbidden', message: 'no' });
    await change(scene);
    await scene.clock.advance(10 * MINUTE);
    expect(restarted(scene)).toEqual(['db', 'stranger']);
    const api = () => scene.inventory.workload('Deployment/shop/api');
    expect(api()).toMatchObject({ state: 'Pending', reason: 'PredecessorFailed' });
    scene.hub.silentSince = null;
    await scene.clock.advance(1000);
    expect(api()).toMatchObject({ state: 'Pending', reason: '' });
    scene.hub.silentSince = scene.clock.monotonic();
    await scene.clock.advance(10_000);
    expect(restarted(scene)).toEqual(['db', 'stranger', 'db']);
    scene.cluster.settle('db');
    await scene.clock.advance(1000);
    expect(restarted(scene)).toEqual(['db', 'stranger', 'db', 'api']);
  });
});
