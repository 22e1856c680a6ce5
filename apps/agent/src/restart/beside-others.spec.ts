import type { Result } from '@app/contracts/wire/agent-messages';
import { StandaloneService } from '../standalone/standalone.service';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import type { Order } from './core/order';
import type { Markers } from './core/template';

const AUTO = { 'reloader.stakater.com/auto': 'true' };
const REVISION = 'fleet-reloader.io/revision';
const MARKER = 'reloader.stakater.com/last-reloaded-from';
const APP = 'Deployment/shop/app';
const MINUTE = 60_000;

type Scene = TestAgent & Readonly<{ cluster: FakeCluster; clock: TestClock }>;

async function running(markers: Markers, annotations: Record<string, string> = AUTO): Promise<Scene> {
  const cluster = new FakeCluster();
  cluster.secret('db', 'one');
  cluster.put('Deployment', 'app', deployment('db', annotations));
  cluster.settle('app');
  const clock = new TestClock();
  const agent = testAgent(cluster, clock, undefined, { markers });
  agent.inventory.start();
  await turn();
  return { ...agent, cluster, clock };
}

async function alone(scene: Scene): Promise<void> {
  await new StandaloneService(scene, { coalesceMs: 1000, progressDeadlineMs: MINUTE }).start();
}

describe.each<Markers>(['annotation', 'variables', 'none'])('what a restart leaves (%s)', (markers) => {
  it('is of that sort, besides our own', async () => {
    const scene = await running(markers);
    await alone(scene);
    scene.cluster.secret('db', 'two');
    await scene.clock.advance(1000);
    const [write] = scene.cluster.patches;
    expect(MARKER in (write?.annotations ?? {})).toBe(markers === 'annotation');
    const variable = {
      container: 'main',
      name: 'STAKATER_DB_SECRET',
      value: expect.stringMatching(/^k\w{6}:/) as string,
    };
    expect(write?.env).toEqual(markers === 'variables' ? [variable] : []);
    expect(write?.annotations[REVISION]).toBe(scene.inventory.workload(APP)?.want);
  });

  it('tells of the source that changed, and of no other', async () => {
    const scene = await running(markers, { ...AUTO, 'configmap.reloader.stakater.com/reload': 'cm' });
    const { cluster, clock } = scene;
    cluster.put('ConfigMap', 'cm', { data: { a: '1' } });
    await alone(scene);
    cluster.secret('db', 'two');
    await clock.advance(1000);
    cluster.put('ConfigMap', 'cm', { data: { a: '2' } });
    await clock.advance(1000);
    const names = cluster.patches.map(({ env }) => env.map(({ name }) => name));
    const isVariables = markers === 'variables';
    expect(names).toEqual(isVariables ? [['STAKATER_DB_SECRET'], ['STAKATER_CM_CONFIGMAP']] : [[], []]);
    const marked = cluster.patches.map(({ annotations }) => annotations[MARKER]);
    if (markers === 'annotation')
      expect(marked).toEqual([expect.stringContaining('"db"'), expect.stringContaining('"cm"')]);
  });

  it('may be stripped each minute for an hour: nothing restarts by it', async () => {
    const scene = await running(markers);
    const { cluster, clock } = scene;
    await alone(scene);
    cluster.secret('db', 'two');
    await clock.advance(1000);
    cluster.settle('app');
    for (let minute = 0; minute < 60; minute += 1) {
      cluster.annotateTemplate('app', { [REVISION]: undefined, [MARKER]: undefined, minute: String(minute) });
      await clock.advance(MINUTE / 2);
      cluster.settle('app');
      await clock.advance(MINUTE / 2);
    }
    expect(cluster.patches).toHaveLength(1);
    cluster.secret('db', 'three');
    await clock.advance(1000);
    expect(cluster.patches).toHaveLength(2);
  });
});

describe('a permit for a Deployment with a pause period', () => {
  it('is answered when the pods run, however long the pause; the hub hears of it all the while', async () => {
    const scene = await running('annotation', {
      ...AUTO,
      'deployment.reloader.stakater.com/pause-period': '30m',
    });
    const { cluster, clock, restarts, inventory } = scene;
    cluster.secret('db', 'two');
    await turn();
    const heard: string[] = [];
    const results: Result[] = [];
    restarts.open();
    const sink = {
      progress: ({ message }: { message: string }): void => void heard.push(message),
      result: (result: Result): void => void results.push(result),
    };
    restarts.submit(orderFor(scene), () => clock.wall(), sink);
    await turn();
    cluster.progress('app');
    await clock.advance(29 * MINUTE);
    expect(results).toEqual([]);
    expect(heard.length).toBeGreaterThanOrEqual(29);
    expect(new Set(heard)).toEqual(
      new Set(['its pods are replaced when its pause period is over, at 2026-01-01T00:30:00.000Z']),
    );
    expect(inventory.workload(APP)).toMatchObject({ state: 'Restarting', reason: 'PausePeriod' });
    await clock.advance(MINUTE);
    expect(cluster.resumes).toBe(1);
    cluster.settle('app');
    await turn();
    expect(results).toMatchObject([{ outcome: 'APPLIED', reason: '' }]);
    const before = heard.length;
    await clock.advance(10 * MINUTE);
    expect(heard).toHaveLength(before);
  });

  it('fails when the pods do not run in time after the pause', async () => {
    const scene = await running('annotation', { ...AUTO, 'fleet-reloader.io/pause-period': '30m' });
    const { cluster, clock, restarts } = scene;
    cluster.secret('db', 'two');
    await turn();
    const results: Result[] = [];
    restarts.open();
    const sink = { progress: (): void => undefined, result: (result: Result): void => void results.push(result) };
    restarts.submit(orderFor(scene), () => clock.wall(), sink);
    await turn();
    cluster.progress('app');
    await clock.advance(31 * MINUTE + 1000);
    expect(results).toMatchObject([{ outcome: 'TIMEOUT' }]);
  });
});

describe.each(['of one namespace', 'with keys of their own'])('two agents that do not agree by a Lease, %s', (how) => {
  it.each([
    ['no pod of which is replaced yet', () => undefined],
    ['whose pods are being replaced', (cluster: FakeCluster) => cluster.progress('app')],
    ['whose pods are replaced at once', (cluster: FakeCluster) => cluster.settle('app')],
  ])('restart a workload, %s, once for each change', async (_title, afterwards) => {
    const cluster = new FakeCluster();
    cluster.secret('db', 'one');
    cluster.put('Deployment', 'app', deployment('db', AUTO));
    const clock = new TestClock();
    for (const agent of [1, 2]) {
      const scene = testAgent(cluster, clock, Buffer.alloc(32, how === 'of one namespace' ? 1 : agent));
      scene.inventory.start();
      await turn();
      await alone({ ...scene, cluster, clock });
    }
    const before = cluster.object('Deployment', 'app')?.metadata.generation ?? 0;
    for (const change of [1, 2, 3]) {
      cluster.secret('db', `changed ${change}`);
      await clock.advance(1000);
      afterwards(cluster);
      await clock.advance(MINUTE);
      expect(cluster.object('Deployment', 'app')?.metadata.generation).toBe(before + change);
    }
  });
});

function orderFor({ inventory }: Scene): Order {
  const fact = inventory.workload(APP);
  return {
    id: 'p#1',
    permit: 'p',
    rollout: 'r-1',
    attempt: 1,
    workload: { kind: 'Deployment', namespace: 'shop', name: 'app' },
    uid: fact?.uid ?? '',
    toRevision: fact?.want ?? '',
    causes: [{ kind: 'Secret', namespace: 'shop', name: 'db' }],
    progressDeadlineMs: MINUTE,
    terms: { fence: 1, hubEpoch: 1, notAfter: Date.UTC(2027, 0, 1) },
  };
}
