import { StandaloneService } from '../standalone/standalone.service';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';

const PAUSED_AT = 'deployment.reloader.stakater.com/paused-at';
const ANNOTATIONS = {
  'reloader.stakater.com/auto': 'true',
  'deployment.reloader.stakater.com/pause-period': '10m',
};
const REVISION = 'fleet-reloader.io/revision';

type Scene = TestAgent & Readonly<{ cluster: FakeCluster; clock: TestClock; standalone: StandaloneService }>;

async function begin(cluster: FakeCluster, clock = new TestClock()): Promise<Scene> {
  const agent = testAgent(cluster, clock);
  const standalone = new StandaloneService({ ...agent, clock }, { coalesceMs: 1000, progressDeadlineMs: 60_000 });
  const starting = standalone.start();
  agent.inventory.start();
  await starting;
  await turn();
  return { ...agent, cluster, clock, standalone };
}

async function end({ standalone, restarts, inventory, cluster }: Scene): Promise<void> {
  standalone.stop();
  await restarts.stop();
  await inventory.stop();
  cluster.disconnect();
}

async function running(annotations: Record<string, string> = ANNOTATIONS, spec: object = {}): Promise<Scene> {
  const cluster = new FakeCluster();
  cluster.secret('db', 'one');
  cluster.put('Deployment', 'app', deployment('db', annotations, { ...spec }));
  cluster.settle('app');
  return begin(cluster);
}

const isPaused = ({ cluster }: Scene): unknown =>
  (cluster.object('Deployment', 'app')?.['spec'] as { paused?: boolean }).paused ?? false;
const pausedAt = ({ cluster }: Scene): string | undefined =>
  cluster.object('Deployment', 'app')?.metadata.annotations?.[PAUSED_AT];

/** What a person writes to the Deployment, and the state of its pods. */
function write({ cluster }: Scene, spec: object, annotations: Record<string, string | undefined> = {}): void {
  const app = cluster.object('Deployment', 'app');
  const merged = Object.entries({ ...app?.metadata.annotations, ...annotations });
  const kept = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== undefined));
  cluster.put('Deployment', 'app', {
    ...app,
    metadata: { annotations: kept },
    spec: { ...(app?.['spec'] as object), ...spec },
  });
}

describe('a pause period', () => {
  it('agent 161, 164: pauses in the write of the restart, and ends when it is over', async () => {
    const scene = await running();
    const { cluster, clock, told } = scene;
    cluster.secret('db', 'two');
    await clock.advance(1000);
    expect(cluster.patches).toHaveLength(1);
    expect(cluster.template('app')[REVISION]).toBeDefined();
    expect(isPaused(scene)).toBe(true);
    expect(pausedAt(scene)).toBe('2026-01-01T00:00:01.000Z');
    cluster.progress('app');
    await clock.advance(599_000);
    expect(isPaused(scene)).toBe(true);
    await clock.advance(1000);
    expect(isPaused(scene)).toBe(false);
    expect(pausedAt(scene)).toBeUndefined();
    expect(told.resumed).toEqual(['app']);
    cluster.settle('app');
    await turn();
    expect(told.ended).toMatchObject([{ ending: { outcome: 'APPLIED', reason: '' } }]);
    expect(cluster.patches).toHaveLength(1);
  });

  it('agent 162: without one there is no pause', async () => {
    const scene = await running({ 'reloader.stakater.com/auto': 'true' });
    scene.cluster.secret('db', 'two');
    await scene.clock.advance(1000);
    expect(scene.cluster.patches).toHaveLength(1);
    expect(isPaused(scene)).toBe(false);
    expect(pausedAt(scene)).toBeUndefined();
  });

  it('agent 165: a second change goes into the template and makes it no longer', async () => {
    const scene = await running();
    const { cluster, clock } = scene;
    cluster.secret('db', 'two');
    await clock.advance(1000);
    cluster.progress('app');
    const [first, since] = [cluster.template('app')[REVISION], pausedAt(scene)];
    await clock.advance(300_000);
    cluster.secret('db', 'three');
    await clock.advance(1000);
    expect(cluster.patches).toHaveLength(2);
    expect(cluster.template('app')[REVISION]).not.toBe(first);
    expect(pausedAt(scene)).toBe(since);
    await clock.advance(299_000);
    expect(isPaused(scene)).toBe(false);
  });

  it('agent 166: what a person paused gets the template and is never resumed', async () => {
    const scene = await running(ANNOTATIONS, { paused: true });
    const { cluster, clock, inventory, told } = scene;
    cluster.secret('db', 'two');
    await clock.advance(1000);
    expect(cluster.patches).toHaveLength(1);
    expect(pausedAt(scene)).toBeUndefined();
    await clock.advance(3_600_000);
    expect(isPaused(scene)).toBe(true);
    expect(cluster.resumes).toBe(0);
    expect(told.ended).toMatchObject([{ ending: { outcome: 'APPLIED', reason: 'PausedWorkload' } }]);
    expect(cluster.events.map(({ note }) => note)).toContainEqual(expect.stringContaining('until it is resumed'));
    expect(inventory.pendingCount()).toBe(0);
  });

  it.each([
    ['in the pause', 60_000, 540_000],
    ['long after it', 3_600_000, 0],
  ])('agent 167: the agent is started anew %s: it ends in time', async (_title, downMs, leftMs) => {
    const scene = await running();
    scene.cluster.secret('db', 'two');
    await scene.clock.advance(1000);
    scene.cluster.progress('app');
    await end(scene);
    await scene.clock.advance(downMs);
    const next = await begin(scene.cluster, scene.clock);
    await next.clock.advance(Math.max(0, leftMs - 1));
    expect(isPaused(next)).toBe(leftMs > 0);
    await next.clock.advance(1);
    expect(isPaused(next)).toBe(false);
    expect(scene.cluster.patches).toHaveLength(1);
  });

  it('agent 168: that nobody can read keeps this Deployment back, says so once, and no other', async () => {
    const scene = await running({ ...ANNOTATIONS, 'deployment.reloader.stakater.com/pause-period': 'soon' });
    const { cluster, clock, inventory, told } = scene;
    cluster.put('Deployment', 'other', deployment('db', { 'reloader.stakater.com/auto': 'true' }));
    await turn();
    expect(told.misunderstood).toEqual([expect.stringContaining('"soon"')]);
    cluster.secret('db', 'two');
    await clock.advance(600_000);
    expect(cluster.patches.map(({ workload }) => workload.name)).toEqual(['other']);
    expect(inventory.workload('Deployment/shop/app')).toMatchObject({ state: 'Pending', reason: 'InvalidPausePeriod' });
    write(scene, {}, { 'deployment.reloader.stakater.com/pause-period': '1m' });
    await clock.advance(1000);
    expect(cluster.patches).toHaveLength(2);
  });

  it('is tried until its end is written', async () => {
    const scene = await running();
    const { cluster, clock, told } = scene;
    cluster.secret('db', 'two');
    await clock.advance(1000);
    cluster.progress('app');
    cluster.answers.push(
      { kind: 'unavailable', message: 'busy', retryAfterMs: 5000 },
      { kind: 'rejected', reason: 'Forbidden', message: 'no' },
      { kind: 'conflict' },
    );
    await clock.advance(600_000 + 60_000);
    expect(isPaused(scene)).toBe(false);
    expect(cluster.resumes).toBe(4);
    expect(told.delayed).toEqual(['busy', 'no']);
  });

  it('that a person ends by hand leaves no instant behind', async () => {
    const scene = await running();
    const { cluster, clock } = scene;
    cluster.secret('db', 'two');
    await clock.advance(1000);
    cluster.progress('app');
    write(scene, { paused: false });
    await clock.advance(1);
    expect(pausedAt(scene)).toBeUndefined();
    expect(isPaused(scene)).toBe(false);
    await clock.advance(3_600_000);
    expect(cluster.resumes).toBe(1);
  });

  it('whose annotation is taken away is over', async () => {
    const scene = await running();
    scene.cluster.secret('db', 'two');
    await scene.clock.advance(1000);
    scene.cluster.progress('app');
    write(scene, {}, { 'deployment.reloader.stakater.com/pause-period': undefined });
    await scene.clock.advance(1);
    expect(isPaused(scene)).toBe(false);
  });

  it('is nothing to do for a Deployment that is deleted meanwhile', async () => {
    const scene = await running();
    scene.cluster.secret('db', 'two');
    await scene.clock.advance(1000);
    scene.cluster.remove('Deployment', 'app');
    await scene.clock.advance(3_600_000);
    expect(scene.cluster.resumes).toBe(0);
  });
});

describe('without a hub the pod template is changed', () => {
  it.each([
    ['ScaledToZero', { replicas: 0 }],
    ['PausedWorkload', { paused: true }],
  ])('although nothing restarts by it: %s', async (reason, spec) => {
    const { cluster, clock, told, inventory } = await running({ 'reloader.stakater.com/auto': 'true' }, spec);
    cluster.secret('db', 'two');
    await clock.advance(60_000);
    expect(cluster.patches).toHaveLength(1);
    expect(told.ended).toMatchObject([{ ending: { outcome: 'APPLIED', reason } }]);
    expect(inventory.pendingCount()).toBe(0);
    cluster.annotateTemplate('app', { [REVISION]: undefined });
    await clock.advance(600_000);
    expect(cluster.patches).toHaveLength(1);
  });
});
