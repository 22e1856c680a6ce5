import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import { StandaloneService } from './standalone.service';

const AUTO = { 'reloader.stakater.com/auto': 'true' };
const APP = 'Deployment/shop/app';
const REVISION = 'fleet-reloader.io/revision';

type Scene = TestAgent & Readonly<{ cluster: FakeCluster; clock: TestClock; standalone: StandaloneService }>;

async function begin(cluster: FakeCluster, suspended: (name: string) => void = () => undefined): Promise<Scene> {
  const clock = new TestClock();
  const agent = testAgent(cluster, clock, undefined, { kinds: ['Secret', 'Deployment', 'CronJob'] });
  const standalone = new StandaloneService(
    { ...agent, clock },
    { coalesceMs: 1000, progressDeadlineMs: 60_000, suspended: ({ name, reason }) => suspended(`${name} ${reason}`) },
  );
  const starting = standalone.start();
  agent.inventory.start();
  await starting;
  await turn();
  return { ...agent, cluster, clock, standalone };
}

function running(spec: Record<string, unknown> = {}): FakeCluster {
  const cluster = new FakeCluster();
  cluster.secret('db', 'one');
  cluster.put('Deployment', 'app', deployment('db', AUTO, spec));
  cluster.settle('app');
  return cluster;
}

describe('without a hub', () => {
  it('installing the agent restarts nothing', async () => {
    const { cluster, clock } = await begin(running());
    await clock.advance(60_000);
    expect(cluster.patches).toEqual([]);
  });

  it('a change restarts what uses it, one window after it', async () => {
    const { cluster, clock, inventory } = await begin(running());
    cluster.secret('db', 'two');
    await clock.advance(999);
    expect(cluster.patches).toEqual([]);
    await clock.advance(1);
    expect(cluster.patches).toHaveLength(1);
    expect(cluster.template('app')['fleet-reloader.io/rollout']).toBe('local');
    cluster.settle('app');
    await clock.advance(60_000);
    expect(inventory.workload(APP)).toMatchObject({ state: 'Current', proof: 'exact' });
    expect(cluster.patches).toHaveLength(1);
  });

  it('agent 158: a change made while the agent was down is carried out at the next start', async () => {
    const cluster = running();
    const first = await begin(cluster);
    await first.inventory.stop();
    cluster.disconnect();
    cluster.secret('db', 'two');
    const { clock } = await begin(cluster);
    await clock.advance(1000);
    expect(cluster.patches).toHaveLength(1);
  });

  it('many changes in one window are one restart, to the last of them', async () => {
    const { cluster, clock, inventory } = await begin(running());
    for (const value of ['two', 'three', 'four']) {
      cluster.secret('db', value);
      await clock.advance(600);
    }
    await clock.advance(400);
    expect(cluster.patches).toHaveLength(1);
    expect(inventory.pendingCount()).toBe(0);
  });

  it('protocol 9: A→B→A within the window is none', async () => {
    const { cluster, clock } = await begin(running());
    cluster.secret('db', 'two');
    await clock.advance(500);
    cluster.secret('db', 'one');
    await clock.advance(60_000);
    expect(cluster.patches).toEqual([]);
  });

  it('protocol 9: A→B (restarted)→A is one more', async () => {
    const { cluster, clock } = await begin(running());
    for (const value of ['two', 'one']) {
      cluster.secret('db', value);
      await clock.advance(1000);
      cluster.settle('app');
      await clock.advance(60_000);
    }
    expect(cluster.patches).toHaveLength(2);
  });

  it('a write that is refused is tried again later, the others go on', async () => {
    const cluster = running();
    cluster.put('Deployment', 'other', deployment('db', AUTO));
    const { clock } = await begin(cluster);
    cluster.answers.push({ kind: 'rejected', reason: 'Denied', message: 'no' });
    cluster.secret('db', 'two');
    await clock.advance(1000);
    expect(cluster.patches).toHaveLength(2);
    await clock.advance(31_000);
    expect(cluster.patches).toHaveLength(3);
    expect(Object.keys(cluster.template('app'))).toContain(REVISION);
    expect(Object.keys(cluster.template('other'))).toContain(REVISION);
  });

  it('a restart that someone turns back at once is not repeated for the same content', async () => {
    const { cluster, clock, inventory } = await begin(running());
    cluster.secret('db', 'two');
    await clock.advance(1000);
    cluster.progress('app');
    cluster.annotateTemplate('app', { [REVISION]: undefined });
    await clock.advance(600_000);
    expect(cluster.patches).toHaveLength(1);
    expect(inventory.workload(APP)).toMatchObject({ state: 'Failed', reason: 'Reverted' });
    cluster.settle('app');
    cluster.secret('db', 'three');
    await clock.advance(1000);
    expect(cluster.patches).toHaveLength(2);
  });

  it('agent 105: a suspended CronJob waits, which is told once per change, and runs once it is resumed', async () => {
    const cluster = running();
    const jobTemplate = { spec: { template: { spec: { containers: [{ name: 'main' }] } } } };
    const cronJob = (suspend: boolean) => ({
      metadata: { annotations: { 'secret.reloader.stakater.com/reload': 'db' } },
      spec: { suspend, jobTemplate },
    });
    cluster.put('CronJob', 'nightly', cronJob(true));
    const told: string[] = [];
    const { clock } = await begin(cluster, (what) => told.push(what));
    const runs = () => cluster.patches.filter(({ how }) => how === 'run').length;
    for (const value of ['two', 'three']) {
      cluster.secret('db', value);
      await clock.advance(60_000);
      cluster.put('CronJob', 'nightly', { ...cronJob(true), status: { seen: value } });
      await clock.advance(60_000);
    }
    expect([told, runs()]).toEqual([['nightly Suspended', 'nightly Suspended'], 0]);
    cluster.put('CronJob', 'nightly', cronJob(false));
    await clock.advance(1000);
    expect([told.length, runs()]).toEqual([2, 1]);
  });

  it('nothing is ordered after the stop', async () => {
    const { cluster, clock, standalone } = await begin(running());
    cluster.secret('db', 'two');
    await turn();
    standalone.stop();
    await clock.advance(60_000);
    expect(cluster.patches).toEqual([]);
  });
});
