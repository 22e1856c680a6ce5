import { sourceFact, workloadFact } from '@app/contracts/wire/facts';
import { FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';

const APP = 'Deployment/shop/app';
const CM = 'ConfigMap/shop/cm';
const AUTO = { 'fleet-reloader.io/auto': 'true' };
const AFTER = 'fleet-reloader.io/restart-after';
const POLICY = 'fleet-reloader.io/policy';
const OVERRIDE = 'fleet-reloader.io/rollout-override';
const USES = { containers: [{ name: 'main', envFrom: [{ configMapRef: { name: 'cm' } }] }] };

function putApp(cluster: FakeCluster, annotations: Record<string, string>): void {
  cluster.put('Deployment', 'app', { metadata: { annotations }, spec: { template: { spec: USES } } });
  cluster.settle('app');
}

const annotate = (cluster: FakeCluster, annotations: Record<string, string>): unknown =>
  cluster.put('ConfigMap', 'cm', { data: { a: '1' }, metadata: { annotations } });

async function started(annotations: Record<string, string> = AUTO): Promise<[FakeCluster, TestAgent]> {
  const cluster = new FakeCluster();
  annotate(cluster, {});
  putApp(cluster, annotations);
  const agent = testAgent(cluster, new TestClock());
  agent.inventory.start();
  await agent.inventory.whenReady();
  await turn();
  return [cluster, agent];
}

describe('annotations that the hub goes by', () => {
  it('are part of the facts, from when they are there until they are gone', async () => {
    const [cluster, { inventory }] = await started();
    expect(inventory.workload(APP)).not.toHaveProperty('annotations');
    expect(inventory.source(CM)).not.toHaveProperty('annotations');
    putApp(cluster, { ...AUTO, [AFTER]: 'db', [POLICY]: 'careful' });
    annotate(cluster, { [POLICY]: 'swift', [OVERRIDE]: 'careful' });
    expect(inventory.workload(APP)?.annotations).toEqual({ policy: 'careful', restartAfter: ['db'] });
    expect(inventory.source(CM)?.annotations).toEqual({ policy: 'swift', rolloutOverride: 'careful' });
    expect(workloadFact.parse(inventory.workload(APP))).toEqual(inventory.workload(APP));
    expect(sourceFact.parse(inventory.source(CM))).toEqual(inventory.source(CM));
    putApp(cluster, AUTO);
    annotate(cluster, {});
    expect(inventory.workload(APP)).not.toHaveProperty('annotations');
    expect(inventory.source(CM)).not.toHaveProperty('annotations');
  });

  it('rollouts 43: make nothing pending by themselves', async () => {
    const [cluster, { inventory }] = await started();
    putApp(cluster, { ...AUTO, [POLICY]: 'careful' });
    annotate(cluster, { [OVERRIDE]: 'careful', [POLICY]: 'careful' });
    expect(inventory.workload(APP)).toMatchObject({ state: 'Current', reason: '' });
  });

  it('are left out of the digest in the version that does not have them', async () => {
    const [cluster, { inventory }] = await started();
    const before = inventory.digest();
    expect(inventory.digest(1)).toBe(before);
    putApp(cluster, { ...AUTO, [POLICY]: 'careful' });
    annotate(cluster, { [POLICY]: 'careful' });
    expect(inventory.digest()).not.toBe(before);
    expect(inventory.digest(1)).toBe(before);
  });

  it('that can not be understood are told on the workload, and every change still counts', async () => {
    const [cluster, agent] = await started({ ...AUTO, [AFTER]: 'Not/a name', [POLICY]: 'careful' });
    expect(agent.told.misunderstood).toEqual([expect.stringContaining('"Not/a name"')]);
    expect(agent.inventory.workload(APP)).toMatchObject({
      ...{ state: 'Current', reason: 'InvalidAnnotation', annotations: { policy: 'careful' } },
    });
    cluster.put('ConfigMap', 'cm', { data: { a: '2' } });
    expect(agent.inventory.workload(APP)?.state).toBe('Pending');
  });

  it('of a source are told on the workload that uses it', async () => {
    const [cluster, { inventory }] = await started();
    annotate(cluster, { [OVERRIDE]: 'every second', [POLICY]: 'careful' });
    expect(inventory.source(CM)?.annotations).toEqual({ policy: 'careful' });
    expect(inventory.workload(APP)).toMatchObject({
      ...{ state: 'Current', reason: 'InvalidAnnotation' },
      message: expect.stringContaining('ConfigMap cm: fleet-reloader.io/rollout-override: "everysecond" is not a wave'),
    });
    annotate(cluster, { [POLICY]: 'careful' });
    expect(inventory.workload(APP)).toMatchObject({ state: 'Current', reason: '' });
  });
});
