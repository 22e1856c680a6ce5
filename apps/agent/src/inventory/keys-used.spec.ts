import { FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';

const APP = 'Deployment/shop/app';
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const USED = { ...AUTO, 'fleet-reloader.io/keys': 'used' };

const variable = (key: string): object => ({ name: key, valueFrom: { configMapKeyRef: { name: 'cm', key } } });
const taking = (...keys: string[]): object => ({ containers: [{ name: 'main', env: keys.map(variable) }] });

function putApp(cluster: FakeCluster, annotations: Record<string, string>, podSpec: object): void {
  cluster.put('Deployment', 'app', { metadata: { annotations }, spec: { template: { spec: podSpec } } });
  cluster.settle('app');
}

async function started(cluster: FakeCluster): Promise<TestAgent> {
  const agent = testAgent(cluster, new TestClock());
  agent.inventory.start();
  await agent.inventory.whenReady();
  await turn();
  return agent;
}

const pending = ({ inventory }: TestAgent): boolean => inventory.workload(APP)?.state === 'Pending';

async function shop(
  annotations: Record<string, string> = USED,
  podSpec = taking('a', 'later'),
): Promise<[FakeCluster, TestAgent]> {
  const cluster = new FakeCluster();
  cluster.put('ConfigMap', 'cm', { data: { a: '1', other: '1' } });
  putApp(cluster, annotations, podSpec);
  return [cluster, await started(cluster)];
}

describe('agent 15: with fleet-reloader.io/keys: used', () => {
  it.each([
    ['another key changes', { a: '1', other: '2' }, false],
    ['another key appears', { a: '1', other: '1', new: 'x' }, false],
    ['another key goes', { a: '1' }, false],
    ['a used key changes', { a: '2', other: '1' }, true],
    ['a used key goes', { other: '1' }, true],
    ['a used key appears', { a: '1', other: '1', later: '1' }, true],
    ['the value moves to another used key', { later: '1', other: '1' }, true],
  ])('%s', async (_title, data, isPending) => {
    const [cluster, agent] = await shop();
    cluster.put('ConfigMap', 'cm', { data });
    expect(pending(agent)).toBe(isPending);
  });

  it('text that becomes bytes under a used key is a change', async () => {
    const [cluster, agent] = await shop();
    cluster.put('ConfigMap', 'cm', { data: { other: '1' }, binaryData: { a: '1' } });
    expect(pending(agent)).toBe(true);
  });

  it('without it every key counts', async () => {
    const [cluster, agent] = await shop(AUTO);
    cluster.put('ConfigMap', 'cm', { data: { a: '1', other: '2' } });
    expect(pending(agent)).toBe(true);
  });

  it('a source that is taken whole counts whole', async () => {
    const whole = { containers: [{ name: 'main', envFrom: [{ configMapRef: { name: 'cm' } }] }] };
    const [cluster, agent] = await shop(USED, whole);
    cluster.put('ConfigMap', 'cm', { data: { a: '1', other: '2' } });
    expect(pending(agent)).toBe(true);
  });

  it('is found after a start of the agent, and names the source', async () => {
    const [cluster, first] = await shop();
    await first.inventory.stop();
    cluster.disconnect();
    cluster.put('ConfigMap', 'cm', { data: { a: '2', other: '1' } });
    const { inventory } = await started(cluster);
    expect(inventory.workload(APP)).toMatchObject({ state: 'Pending', sources: [{ kind: 'ConfigMap', name: 'cm' }] });
  });

  it('neither the annotation nor other keys in the pod template are a change of the source', async () => {
    const [cluster, agent] = await shop(AUTO, taking('a'));
    putApp(cluster, USED, taking('a'));
    expect(pending(agent)).toBe(false);
    putApp(cluster, USED, taking('a', 'other'));
    expect(pending(agent)).toBe(false);
    cluster.put('ConfigMap', 'cm', { data: { a: '1', other: '2' } });
    expect(pending(agent)).toBe(true);
  });

  it('another word is told, and every key counts', async () => {
    const [cluster, agent] = await shop({ ...AUTO, 'fleet-reloader.io/keys': 'some' });
    expect(agent.told.misunderstood).toEqual([expect.stringContaining('"some"')]);
    expect(agent.inventory.workload(APP)).toMatchObject({ state: 'Current', reason: 'InvalidAnnotation' });
    cluster.put('ConfigMap', 'cm', { data: { a: '1', other: '2' } });
    expect(pending(agent)).toBe(true);
  });

  it('is told as the whole source is known to others, also what it was started with', async () => {
    const [cluster, agent] = await shop();
    const told = () => agent.inventory.workload(APP)?.sources[0];
    const whole = () => agent.inventory.source('ConfigMap/shop/cm')?.revision;
    cluster.put('ConfigMap', 'cm', { data: { a: '1', other: '2' } });
    const before = whole();
    expect(told()).toMatchObject({ revision: before, haveRevision: before });
    cluster.put('ConfigMap', 'cm', { data: { a: '2', other: '2' } });
    expect(told()).toMatchObject({ revision: whole(), haveRevision: before });
    cluster.remove('ConfigMap', 'cm');
    expect(told()).toMatchObject({ revision: null, haveRevision: before });
  });
});
