import { existsSync } from 'node:fs';
import { AppsV1Api, CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions, Watch } from '@kubernetes/client-node';
import { waitFor } from '../wait';
import { NAMESPACES } from './resources';
import { type Simulator, startSimulator } from './simulator';

describe('Simulator', () => {
  let simulator: Simulator;
  beforeAll(async () => (simulator = await startSimulator()));
  afterAll(() => simulator.stop());

  it('serves the Kubernetes client library by a kubeconfig', async () => {
    const cluster = await simulator.addCluster('library');
    cluster.objects.setSecret('shop', 'db', { password: 'x' });
    cluster.objects.createDeployment('shop', 'web', { replicas: 2, secrets: ['db'] });
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfigPath);
    const [core, apps] = [config.makeApiClient(CoreV1Api), config.makeApiClient(AppsV1Api)];
    expect((await core.listSecretForAllNamespaces()).items.map(({ metadata }) => metadata?.name)).toEqual(['db']);
    const patched = await apps.patchNamespacedDeployment(
      { namespace: 'shop', name: 'web', body: { spec: { replicas: 3 } }, fieldManager: 'library' },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    expect(patched.metadata?.managedFields?.map(({ manager }) => manager)).toContain('library');
    await waitFor('three pods', async () => (await core.listNamespacedPod({ namespace: 'shop' })).items.length === 3);
    await expect(apps.readNamespacedDeployment({ namespace: 'shop', name: 'none' })).rejects.toMatchObject({
      code: 404,
    });
  });

  it('serves the watch of the Kubernetes client library', async () => {
    const cluster = await simulator.addCluster('watched');
    const config = new KubeConfig();
    config.loadFromString(cluster.kubeconfig());
    const seen: string[] = [];
    const controller = await new Watch(config).watch(
      '/api/v1/secrets',
      {},
      (type, object: { metadata: { name: string } }) => seen.push(`${type} ${object.metadata.name}`),
      () => undefined,
    );
    await waitFor('the watch', () => cluster.watchCount() === 1);
    cluster.objects.setSecret('shop', 'a', { k: '1' });
    cluster.objects.setSecret('shop', 'a', { k: '2' });
    await waitFor('both events', () => seen.length === 2);
    expect(seen).toEqual(['ADDED a', 'MODIFIED a']);
    controller.abort();
    await waitFor('its end', () => cluster.watchCount() === 0);
  });

  it('keeps clusters apart', async () => {
    const [one, two] = await Promise.all([simulator.addCluster('one'), simulator.addCluster('two')]);
    one.objects.setSecret('shop', 'a', { k: '1' });
    expect(two.objects.secret('shop', 'a')).toBeUndefined();
    expect(one.url).not.toBe(two.url);
    const uids = [one, two].map(({ objects }) => objects.list(NAMESPACES).map(({ metadata }) => metadata.uid));
    expect(new Set(uids.flat()).size).toBe(uids.flat().length);
    await expect(simulator.addCluster('one')).rejects.toThrow('already');
  });

  it('runs many clusters cheaply', async () => {
    const crowd = await startSimulator();
    const clusters = await Promise.all(Array.from({ length: 300 }, (_, index) => crowd.addCluster(`c-${index}`)));
    for (const { objects } of clusters) {
      objects.setSecret('shop', 'db', { k: '1' });
      objects.createDeployment('shop', 'web', { secrets: ['db'] });
    }
    const available = () =>
      clusters.filter(({ objects }) => objects.deployment('shop', 'web')?.status?.availableReplicas === 1).length;
    await waitFor('all of them', () => available() === 300, { timeoutMs: 10_000, describe: () => String(available()) });
    await crowd.stop();
  });

  it('leaves nothing behind', async () => {
    const brief = await startSimulator();
    const { kubeconfigPath } = await brief.addCluster('brief');
    expect(existsSync(kubeconfigPath)).toBe(true);
    await brief.stop();
    expect(existsSync(kubeconfigPath)).toBe(false);
  });
});
