import { objectKey } from '@app/contracts/objects';
import { StandaloneService } from '../standalone/standalone.service';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import { GRACE_MS, MissingSources } from './missing-sources';

const AUTO = { 'reloader.stakater.com/auto': 'true' };
const NAMED = { 'configmap.reloader.stakater.com/reload': 'settings,of-.*' };

type Scene = Readonly<{ cluster: FakeCluster; clock: TestClock; told: readonly string[] }>;

async function begin(cluster: FakeCluster): Promise<Scene> {
  const clock = new TestClock();
  const agent = testAgent(cluster, clock);
  const told: string[] = [];
  const { inventory } = agent;
  new MissingSources({
    inventory,
    workbench: inventory,
    events: cluster,
    clock,
    told: (workload, sources) => told.push(`${objectKey(workload)}: ${sources.join()}`),
  });
  const standalone = new StandaloneService({ ...agent, clock }, { coalesceMs: 0, progressDeadlineMs: 60_000 });
  const starting = standalone.start();
  inventory.start();
  await starting;
  await turn();
  return { cluster, clock, told };
}

/** After everything that is to be told was told. */
const settled = ({ clock }: Scene): Promise<void> => clock.advance(3 * GRACE_MS);

describe('a source that does not exist', () => {
  it('is told of the workload that uses it, once', async () => {
    const cluster = new FakeCluster();
    cluster.put('Deployment', 'app', deployment('nowhere', AUTO));
    const scene = await begin(cluster);
    await settled(scene);
    cluster.settle('app');
    cluster.annotateTemplate('app', { 'somebody/else': 'writes' });
    cluster.list('Deployment');
    await settled(scene);
    expect(scene.told).toEqual(['Deployment/shop/app: Secret/nowhere']);
    expect(cluster.events).toMatchObject([
      { type: 'Normal', reason: 'SourceMissing', regarding: { kind: 'Deployment', name: 'app' } },
    ]);
    expect(cluster.events[0]?.note).toContain('Secret/nowhere');
  });

  it('is told of the workload that names it, not of one that a pattern could mean', async () => {
    const cluster = new FakeCluster();
    cluster.secret('db', 'one');
    cluster.put('Deployment', 'app', deployment('db', NAMED));
    const scene = await begin(cluster);
    await settled(scene);
    expect(scene.told).toEqual(['Deployment/shop/app: ConfigMap/settings']);
  });

  it('is not told when nobody asked for it', async () => {
    const cluster = new FakeCluster();
    cluster.put('Deployment', 'app', deployment('nowhere', {}));
    const scene = await begin(cluster);
    await settled(scene);
    expect(scene.told).toEqual([]);
  });

  it('is not told when it comes soon after the workload', async () => {
    const scene = await begin(new FakeCluster());
    scene.cluster.put('Deployment', 'app', deployment('db', AUTO));
    await scene.clock.advance(GRACE_MS - 1);
    scene.cluster.secret('db', 'one');
    await settled(scene);
    expect(scene.told).toEqual([]);
  });

  it('is told again when it was there meanwhile, and for a workload that was made anew', async () => {
    const cluster = new FakeCluster();
    cluster.secret('db', 'one');
    cluster.put('Deployment', 'app', deployment('db', AUTO));
    const scene = await begin(cluster);
    const once = 'Deployment/shop/app: Secret/db';
    cluster.remove('Secret', 'db');
    await settled(scene);
    expect(scene.told).toEqual([once]);
    cluster.secret('db', 'one');
    await turn();
    cluster.remove('Secret', 'db');
    await settled(scene);
    expect(scene.told).toEqual([once, once]);
    cluster.remove('Deployment', 'app');
    await turn();
    cluster.put('Deployment', 'app', deployment('db', AUTO));
    await settled(scene);
    expect(scene.told).toEqual([once, once, once]);
  });

  it('holds up nobody, and restarts nothing', async () => {
    const cluster = new FakeCluster();
    cluster.secret('db', 'one');
    cluster.put('Deployment', 'lost', deployment('nowhere', AUTO));
    cluster.put('Deployment', 'app', deployment('db', AUTO));
    const scene = await begin(cluster);
    cluster.secret('db', 'two');
    await scene.clock.advance(0);
    expect(cluster.patches.map(({ workload }) => workload.name)).toEqual(['app']);
    await settled(scene);
    expect(cluster.patches).toHaveLength(1);
  });
});
