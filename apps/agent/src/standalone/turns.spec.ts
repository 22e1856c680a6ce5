import { objectKey } from '@app/contracts/objects';
import type { Labels } from '@app/contracts/objects';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import { StandaloneService } from './standalone.service';

const MINUTE = 60_000;
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const AFTER = 'fleet-reloader.io/restart-after';

type Scene = TestAgent &
  Readonly<{
    cluster: FakeCluster;
    clock: TestClock;
    standalone: StandaloneService;
    circles: string[];
    waits: string[];
  }>;

/** Deployments on one Secret, by name, with whom they are to restart after; their pods run. */
function running(orders: Readonly<Record<string, string>>): FakeCluster {
  const cluster = new FakeCluster();
  cluster.secret('db', 'one');
  for (const [name, after] of Object.entries(orders)) {
    annotate(cluster, name, after === '' ? {} : { [AFTER]: after });
    cluster.settle(name);
  }
  return cluster;
}

const annotate = (cluster: FakeCluster, name: string, annotations: Labels): unknown =>
  cluster.put('Deployment', name, { ...deployment('db', { ...AUTO, ...annotations }), ...statusOf(cluster, name) });
const statusOf = (cluster: FakeCluster, name: string): object => {
  const object = cluster.object('Deployment', name);
  return object?.['status'] ? { status: object['status'], spec: object['spec'] } : {};
};

async function begin(cluster: FakeCluster, coalesceMs = 1000): Promise<Scene> {
  const clock = new TestClock();
  const agent = testAgent(cluster, clock);
  const circles: string[] = [];
  const waits: string[] = [];
  const standalone = new StandaloneService(
    { ...agent, clock },
    {
      coalesceMs,
      progressDeadlineMs: MINUTE,
      order: {
        circle: (workloads) => circles.push(workloads.map(objectKey).join()),
        waits: ({ name }, { reason }) => waits.push(`${name}: ${reason}`),
      },
    },
  );
  const starting = standalone.start();
  agent.inventory.start();
  await starting;
  await turn();
  return { ...agent, cluster, clock, standalone, circles, waits };
}

async function change({ cluster, clock }: Scene, content = 'two'): Promise<void> {
  cluster.secret('db', content);
  await clock.advance(1000);
}

async function settle({ cluster }: Scene, ...names: string[]): Promise<void> {
  for (const name of names) cluster.settle(name);
  await turn();
}

const restarted = ({ cluster }: Scene): string[] => cluster.patches.map(({ workload }) => workload.name);
const fact = ({ inventory }: Scene, name: string) => inventory.workload(`Deployment/shop/${name}`);

describe('restart-after without a hub', () => {
  it('one after the other, each when the one before is ready, and without a wait for a tick', async () => {
    const scene = await begin(running({ web: 'api', api: 'db', db: '' }));
    await change(scene);
    expect(restarted(scene)).toEqual(['db']);
    expect(fact(scene, 'web')).toMatchObject({ state: 'Pending', reason: 'Order' });
    expect(fact(scene, 'api')?.message).toBe('restarts after Deployment/db');
    await settle(scene, 'db');
    expect(restarted(scene)).toEqual(['db', 'api']);
    await settle(scene, 'api');
    expect(restarted(scene)).toEqual(['db', 'api', 'web']);
    await settle(scene, 'web');
    await scene.clock.advance(10 * MINUTE);
    expect(restarted(scene)).toEqual(['db', 'api', 'web']);
    for (const name of ['db', 'api', 'web']) expect(fact(scene, name)).toMatchObject({ state: 'Current', reason: '' });
  });

  it('strangers, and what names nobody that is there, are not delayed', async () => {
    const scene = await begin(running({ web: 'db', db: '', stranger: '', odd: 'gone,cache' }));
    scene.cluster.put('Deployment', 'cache', deployment('db', { [AFTER]: 'odd' }));
    await change(scene);
    expect(restarted(scene).sort()).toEqual(['db', 'odd', 'stranger']);
  });

  it('a predecessor that did not restart holds nobody up', async () => {
    const cluster = running({ web: 'db' });
    cluster.secret('other', 'one');
    cluster.put('Deployment', 'db', deployment('other', AUTO));
    const scene = await begin(cluster);
    await change(scene);
    expect(restarted(scene)).toEqual(['web']);
  });

  it('what fails keeps those after it waiting, and says so, until it is well', async () => {
    const scene = await begin(running({ web: 'db', db: '' }));
    await change(scene);
    scene.cluster.progress('db');
    await scene.clock.advance(5 * MINUTE);
    expect(fact(scene, 'db')).toMatchObject({ state: 'Failed', reason: 'ProgressDeadline' });
    expect(fact(scene, 'web')).toMatchObject({ state: 'Pending', reason: 'PredecessorFailed' });
    await scene.clock.advance(60 * MINUTE);
    expect(restarted(scene)).toEqual(['db']);
    expect(scene.waits).toEqual(['web: Order', 'web: PredecessorFailed']);
    await settle(scene, 'db');
    expect(restarted(scene)).toEqual(['db', 'web']);
  });

  it('what fails and moves on is waited for again', async () => {
    const scene = await begin(running({ web: 'db', db: '' }));
    scene.cluster.answers.push({ kind: 'rejected', reason: 'Denied', message: 'no' });
    await change(scene);
    expect(fact(scene, 'web')).toMatchObject({ reason: 'PredecessorFailed' });
    await change(scene, 'three');
    expect(restarted(scene)).toEqual(['db', 'db']);
    expect(fact(scene, 'web')).toMatchObject({ state: 'Pending', reason: 'Order' });
    await settle(scene, 'db');
    expect(restarted(scene)).toEqual(['db', 'db', 'web']);
    await settle(scene, 'web');
    expect(fact(scene, 'web')).toMatchObject({ state: 'Current', reason: '' });
  });

  it.each<[string, (cluster: FakeCluster) => unknown]>([
    ['is deleted', (cluster) => cluster.remove('Deployment', 'db')],
    [
      'is no longer opted in',
      (cluster) =>
        cluster.put('Deployment', 'db', { ...cluster.object('Deployment', 'db'), metadata: { annotations: {} } }),
    ],
    ['is not named any more', (cluster) => annotate(cluster, 'web', {})],
    ['waits for it from now on', (cluster) => annotate(cluster, 'db', { [AFTER]: 'web' })],
  ])('goes at once when the one before it %s', async (_title, happens) => {
    const scene = await begin(running({ web: 'db', db: '' }));
    await change(scene);
    expect(restarted(scene)).toEqual(['db']);
    happens(scene.cluster);
    await turn();
    expect(restarted(scene)).toEqual(['db', 'web']);
  });

  it('a circle orders nothing, and is told once; what comes after it waits', async () => {
    const scene = await begin(running({ a: 'b', b: 'a', web: 'a' }));
    await change(scene);
    expect(restarted(scene).sort()).toEqual(['a', 'b']);
    expect(fact(scene, 'web')?.reason).toBe('Order');
    await settle(scene, 'a', 'b');
    expect(restarted(scene)).toHaveLength(3);
    await settle(scene, 'web');
    await change(scene, 'three');
    expect(scene.circles).toEqual(['Deployment/shop/a,Deployment/shop/b']);
  });

  it('who names whom is known before anything is ordered, with no window to wait for either', async () => {
    const cluster = running({ web: 'a', a: 'b', b: 'a' });
    const first = await begin(cluster);
    await first.inventory.stop();
    first.standalone.stop();
    cluster.disconnect();
    cluster.secret('db', 'two');
    const scene = await begin(cluster, 0);
    await turn();
    expect(restarted(scene)).toEqual(['a', 'b']);
    expect(scene.waits).toEqual(['web: Order']);
  });

  it('a change that is taken back ends the wait, and leaves no trace of it', async () => {
    const scene = await begin(running({ web: 'db', db: '' }));
    scene.cluster.answers.push({ kind: 'rejected', reason: 'Denied', message: 'no' });
    await change(scene);
    expect(fact(scene, 'web')?.reason).toBe('PredecessorFailed');
    await change(scene, 'one');
    await scene.clock.advance(MINUTE);
    expect(fact(scene, 'web')).toMatchObject({ state: 'Current', reason: '' });
    expect(restarted(scene)).toEqual(['db']);
  });

  it('somebody restarts it by hand while it waits: that is enough', async () => {
    const scene = await begin(running({ web: 'db', db: '' }));
    await change(scene);
    scene.cluster.annotateTemplate('web', { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' });
    await settle(scene, 'web');
    expect(fact(scene, 'web')).toMatchObject({ state: 'Current', reason: 'AlreadyCurrent' });
    await settle(scene, 'db');
    expect(restarted(scene)).toEqual(['db']);
  });

  it('what its own restart is doing is told, not that the next one has to wait', async () => {
    const scene = await begin(running({ web: 'db', db: '' }));
    await change(scene);
    await settle(scene, 'db');
    await change(scene, 'three');
    expect(restarted(scene)).toEqual(['db', 'web', 'db']);
    expect(fact(scene, 'web')).toMatchObject({ state: 'Restarting', reason: 'RollingOut' });
    await settle(scene, 'web');
    expect(fact(scene, 'web')).toMatchObject({ state: 'Pending', reason: 'Order' });
    await settle(scene, 'db');
    expect(restarted(scene)).toEqual(['db', 'web', 'db', 'web']);
  });

  it('who waits when the agent ends waits in the next one, too', async () => {
    const cluster = running({ web: 'db', db: '' });
    const first = await begin(cluster);
    await change(first);
    first.standalone.stop();
    await first.inventory.stop();
    cluster.disconnect();
    const scene = await begin(cluster);
    await scene.clock.advance(5 * MINUTE);
    expect(restarted(scene)).toEqual(['db']);
    expect(fact(scene, 'web')).toMatchObject({ state: 'Pending', reason: 'Order' });
    await settle(scene, 'db');
    expect(restarted(scene)).toEqual(['db', 'web']);
  });

  it('a new content opens the window anew, and the wait for others with it', async () => {
    const scene = await begin(running({ web: 'db', db: '' }));
    await change(scene);
    scene.cluster.settle('db');
    scene.cluster.secret('db', 'three');
    await turn();
    expect(restarted(scene)).toEqual(['db']);
    await scene.clock.advance(1000);
    expect(restarted(scene)).toEqual(['db', 'db']);
    await settle(scene, 'db');
    expect(restarted(scene)).toEqual(['db', 'db', 'web']);
  });
});
