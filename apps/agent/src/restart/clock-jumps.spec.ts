import { StandaloneService } from '../standalone/standalone.service';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';

const AUTO = { 'reloader.stakater.com/auto': 'true' };
const PAUSED = { ...AUTO, 'deployment.reloader.stakater.com/pause-period': '10m' };
const HOUR = 3_600_000;
const COALESCE_MS = 1000;
const DEADLINE_MS = 60_000;

type Scene = TestAgent & Readonly<{ cluster: FakeCluster; clock: TestClock; stop: () => Promise<void> }>;

async function begin(
  cluster: FakeCluster,
  clock = new TestClock(),
  maxPerMinute: number | null = null,
): Promise<Scene> {
  const agent = testAgent(cluster, clock, undefined, { maxPerMinute });
  const timing = { coalesceMs: COALESCE_MS, progressDeadlineMs: DEADLINE_MS };
  const standalone = new StandaloneService({ ...agent, clock }, timing);
  const starting = standalone.start();
  agent.inventory.start();
  await starting;
  await turn();
  const stop = async (): Promise<void> => {
    standalone.stop();
    await agent.restarts.stop();
    await agent.inventory.stop();
    cluster.disconnect();
  };
  return { ...agent, cluster, clock, stop };
}

function clusterWith(annotations: Record<string, string>, ...names: readonly string[]): FakeCluster {
  const cluster = new FakeCluster();
  cluster.secret('db', 'one');
  for (const name of names) {
    cluster.put('Deployment', name, deployment('db', annotations));
    cluster.settle(name);
  }
  return cluster;
}

const isPaused = ({ cluster }: Scene): boolean =>
  (cluster.object('Deployment', 'app')?.['spec'] as { paused?: boolean }).paused ?? false;

describe.each([
  ['forward', 6 * HOUR],
  ['back', -6 * HOUR],
])('a clock that somebody sets six hours %s', (_title, jumpMs) => {
  /** The source changes, what waits for more changes begins, and then the clock is set. */
  async function begunBeforeTheJump(cluster: FakeCluster, clock: TestClock): Promise<void> {
    cluster.secret('db', 'two');
    await clock.advance(COALESCE_MS);
    clock.setForward(jumpMs);
  }

  it('makes nothing restart, and nothing twice', async () => {
    const { cluster, clock } = await begin(clusterWith(AUTO, 'app'));
    clock.setForward(jumpMs);
    await clock.advance(HOUR);
    expect(cluster.patches).toEqual([]);
    cluster.secret('db', 'two');
    await clock.advance(COALESCE_MS);
    clock.setForward(jumpMs);
    cluster.settle('app');
    await clock.advance(HOUR);
    expect(cluster.patches).toHaveLength(1);
  });

  it('makes nobody wait longer than the window for changes, and nobody shorter', async () => {
    const { cluster, clock } = await begin(clusterWith(AUTO, 'app'));
    cluster.secret('db', 'two');
    await clock.advance(COALESCE_MS / 2);
    clock.setForward(jumpMs);
    await clock.advance(COALESCE_MS / 2 - 1);
    expect(cluster.patches).toEqual([]);
    await clock.advance(1);
    expect(cluster.patches).toHaveLength(1);
  });

  it('leaves the next try of a write that failed where it was', async () => {
    const { cluster, clock } = await begin(clusterWith(AUTO, 'app'));
    cluster.answers.push({ kind: 'unavailable', message: 'busy', retryAfterMs: 5000 });
    await begunBeforeTheJump(cluster, clock);
    await clock.advance(4999);
    expect(cluster.patches).toHaveLength(1);
    await clock.advance(10_000);
    expect(cluster.patches).toHaveLength(2);
  });

  it('opens no limit per minute, and closes none', async () => {
    const { cluster, clock } = await begin(clusterWith(AUTO, 'a', 'b'), undefined, 1);
    await begunBeforeTheJump(cluster, clock);
    await clock.advance(58_000);
    expect(cluster.patches).toHaveLength(1);
    await clock.advance(2000);
    expect(cluster.patches).toHaveLength(2);
  });

  it('gives a restart the time that it has to get ready', async () => {
    const { cluster, clock, told } = await begin(clusterWith(AUTO, 'app'));
    cluster.secret('db', 'two');
    await clock.advance(COALESCE_MS);
    cluster.progress('app');
    clock.setForward(jumpMs);
    await clock.advance(DEADLINE_MS - 1000);
    expect(told.ended).toEqual([]);
    await clock.advance(2000);
    expect(told.ended).toMatchObject([{ ending: { outcome: 'TIMEOUT' } }]);
  });

  it('makes a pause under way neither longer nor shorter', async () => {
    const scene = await begin(clusterWith(PAUSED, 'app'));
    const { cluster, clock } = scene;
    cluster.secret('db', 'two');
    await clock.advance(COALESCE_MS);
    cluster.progress('app');
    await clock.advance(299_000);
    clock.setForward(jumpMs);
    cluster.progress('app');
    await clock.advance(300_000);
    expect(isPaused(scene)).toBe(true);
    await clock.advance(1000);
    expect(isPaused(scene)).toBe(false);
    expect(cluster.patches).toHaveLength(1);
  });

  it('makes no pause longer than its period, though the agent is started anew after it', async () => {
    const scene = await begin(clusterWith(PAUSED, 'app'));
    scene.cluster.secret('db', 'two');
    await scene.clock.advance(COALESCE_MS);
    scene.cluster.progress('app');
    await scene.stop();
    scene.clock.setForward(jumpMs);
    const next = await begin(scene.cluster, scene.clock);
    await next.clock.advance(600_000);
    expect(isPaused(next)).toBe(false);
    expect(next.cluster.patches).toHaveLength(1);
  });
});
