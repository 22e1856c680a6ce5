import { StandaloneService } from '../standalone/standalone.service';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import { localOrder } from '../standalone/core/local-order';

const AUTO = { 'reloader.stakater.com/auto': 'true' };
const MINUTE = 60_000;
const NAMES = ['a', 'b', 'c', 'd', 'e'];

type Scene = TestAgent & Readonly<{ cluster: FakeCluster; clock: TestClock }>;

/** Five Deployments on a Secret that has changed; two restarts may begin in a minute. */
async function changed(): Promise<Scene> {
  const cluster = new FakeCluster();
  const clock = new TestClock();
  cluster.secret('db', 'one');
  for (const name of NAMES) {
    cluster.put('Deployment', name, deployment('db', AUTO));
    cluster.settle(name);
  }
  const agent = testAgent(cluster, clock, undefined, { maxPerMinute: 2 });
  agent.inventory.start();
  await agent.inventory.whenReady();
  cluster.secret('db', 'two');
  await turn();
  return { ...agent, cluster, clock };
}

const restarted = ({ cluster }: Scene): string[] => cluster.patches.map(({ workload }) => workload.name);
const standing = ({ inventory }: Scene, name: string): unknown => {
  const { state, reason } = inventory.workload(`Deployment/shop/${name}`) ?? {};
  return `${state} ${reason}`.trim();
};

describe('a bound of restarts in a minute', () => {
  it('lets the others wait, which say why, and restarts all of them in time', async () => {
    const scene = await changed();
    for (const [at, name] of NAMES.entries()) {
      const fact = scene.inventory.workload(`Deployment/shop/${name}`);
      if (fact)
        scene.restarts.submit(localOrder(fact, at, MINUTE), () => 0, {
          progress: () => undefined,
          result: () => undefined,
        });
    }
    scene.restarts.open();
    await turn();
    expect(restarted(scene)).toEqual(['a', 'b']);
    expect(standing(scene, 'a')).toBe('Restarting RollingOut');
    expect(standing(scene, 'c')).toBe('Pending RateLimit');
    expect(scene.restarts.waiting()).toBe(3);
    await scene.clock.advance(MINUTE - 1000);
    expect(restarted(scene)).toEqual(['a', 'b']);
    await scene.clock.advance(3000);
    expect(restarted(scene)).toEqual(['a', 'b', 'c', 'd']);
    await scene.clock.advance(MINUTE);
    expect(restarted(scene)).toEqual(NAMES);
    expect(scene.restarts.waiting()).toBe(0);
  });

  it('counts what was written: a conflict costs nothing', async () => {
    const scene = await changed();
    for (let at = 0; at < 3; at += 1) scene.cluster.answers.push({ kind: 'conflict' });
    const standalone = new StandaloneService(scene, { coalesceMs: 0, progressDeadlineMs: MINUTE });
    await standalone.start();
    scene.cluster.secret('db', 'three');
    await scene.clock.advance(2000);
    expect(restarted(scene).length - 3).toBe(2);
    standalone.stop();
  });
});
