import { REVISION_ANNOTATION } from '@app/contracts/annotations';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';

const AUTO = { 'reloader.stakater.com/auto': 'true' };
const APP = 'Deployment/shop/app';

const stateOf = (cluster: FakeCluster): string =>
  JSON.stringify([...cluster.configMaps].filter(([name]) => name.startsWith('fleet-reloader-state')));

async function running() {
  const cluster = new FakeCluster();
  cluster.secret('db', 'one');
  cluster.put('Deployment', 'app', deployment('db', AUTO));
  cluster.settle('app');
  const clock = new TestClock();
  const agent = testAgent(cluster, clock);
  agent.inventory.start();
  await agent.inventory.whenReady();
  await turn();
  await clock.advance(1000);
  const restart = (): void => {
    cluster.secret('db', 'two');
    cluster.annotateTemplate('app', { [REVISION_ANNOTATION]: agent.inventory.workload(APP)?.want ?? '' });
  };
  return { cluster, clock, agent, restart };
}

describe('records of what workloads were started with', () => {
  it('are written at once at first sight', async () => {
    const { cluster } = await running();
    expect(stateOf(cluster)).toContain(APP);
  });

  it('wait for others to be written with where the pod template tells the same, for ten seconds at most', async () => {
    const { cluster, clock, restart } = await running();
    const before = stateOf(cluster);
    restart();
    await clock.advance(9_000);
    expect(stateOf(cluster)).toBe(before);
    await clock.advance(1_000);
    expect(stateOf(cluster)).not.toBe(before);
  });

  it('of which one is urgent are written together', async () => {
    const { cluster, clock, restart } = await running();
    const before = stateOf(cluster);
    restart();
    await clock.advance(2_000);
    expect(stateOf(cluster)).toBe(before);
    cluster.put('Deployment', 'other', deployment('db', AUTO));
    await clock.advance(1_000);
    const after = stateOf(cluster);
    expect(after).toContain('other');
    await clock.advance(20_000);
    expect(stateOf(cluster)).toBe(after);
  });

  it('that never were written cost no restart: an agent that was killed reads the template', async () => {
    const { cluster, restart } = await running();
    restart();
    cluster.disconnect();
    const later = testAgent(cluster, new TestClock());
    later.inventory.start();
    await later.inventory.whenReady();
    expect(later.inventory.workload(APP)).toMatchObject({ state: 'Current' });
    cluster.secret('db', 'three');
    expect(later.inventory.workload(APP)).toMatchObject({ state: 'Pending' });
  });
});
