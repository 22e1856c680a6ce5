import { KubeClient } from '../kube';
import { POD_BEHAVIOUR } from '../pod-template';
import { waitFor } from '../wait';
import type { Cluster } from './cluster';
import { startCluster } from './start-cluster';

const NAMESPACE = 'default';

describe('a cluster of the tests', () => {
  let cluster: Cluster;
  let kube: KubeClient;

  beforeAll(async () => {
    cluster = await startCluster('support');
    kube = new KubeClient(cluster);
  }, 90_000);
  afterAll(() => cluster.stop());

  /** Why the containers of the workload's pods wait, one entry for each that does. */
  async function waiting(app: string): Promise<string[]> {
    const { items } = await kube.core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: `app=${app}` });
    return items.flatMap((pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? []);
  }

  it('rolls out every kind of workload', async () => {
    await kube.putSecret({ namespace: NAMESPACE, name: 'db' }, { password: 'one' });
    await kube.createDeployment({ namespace: NAMESPACE, name: 'web' }, { secrets: ['db'], replicas: 2 });
    await kube.createStatefulSet({ namespace: NAMESPACE, name: 'store' }, { replicas: 2 });
    await kube.createDaemonSet({ namespace: NAMESPACE, name: 'probe' });
    await kube.untilRolledOut('Deployment', { namespace: NAMESPACE, name: 'web' });
    await kube.untilRolledOut('StatefulSet', { namespace: NAMESPACE, name: 'store' });
    await kube.untilRolledOut('DaemonSet', { namespace: NAMESPACE, name: 'probe' });
    await expect(kube.replicaSets({ namespace: NAMESPACE, name: 'web' })).resolves.toHaveLength(1);
  }, 60_000);

  it('keeps pods unready for as long as they ask for', async () => {
    const late = { namespace: NAMESPACE, name: 'late' };
    const { metadata } = await kube.createDeployment(late, { podAnnotations: { [POD_BEHAVIOUR.readyAfter]: '2s' } });
    await kube.untilRolledOut('Deployment', late);
    expect(Date.now() - (metadata?.creationTimestamp?.getTime() ?? 0)).toBeGreaterThanOrEqual(2_000);
  }, 60_000);

  it('lets only the pods of a restart crash when it is told so', async () => {
    const fragile = { namespace: NAMESPACE, name: 'fragile' };
    await kube.createDeployment(fragile, { podAnnotations: { [POD_BEHAVIOUR.restarted]: 'crash' } });
    await kube.untilRolledOut('Deployment', fragile);
    const restart = [
      { op: 'add', path: '/spec/template/metadata/annotations/fleet-reloader.io~1revision', value: 'x' },
    ];
    await kube.apps.patchNamespacedDeployment({ ...fragile, body: restart });
    await waitFor('a crash', async () => (await waiting('fragile')).includes('CrashLoopBackOff'));
  }, 60_000);

  it('keeps its data and its address over an outage, and works on', async () => {
    await cluster.killApiServer();
    await cluster.startApiServer();
    await cluster.stopApiServer();
    await cluster.startApiServer();
    await kube.core.readNamespacedSecret({ namespace: NAMESPACE, name: 'db' });
    await kube.createDeployment({ namespace: NAMESPACE, name: 'after' });
    await kube.untilRolledOut('Deployment', { namespace: NAMESPACE, name: 'after' });
  }, 120_000);
});
