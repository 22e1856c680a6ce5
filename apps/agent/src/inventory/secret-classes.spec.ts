import { FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';

const APP = 'Deployment/shop/app';
const VAULT = 'SecretProviderClass/shop/vault';
const CREATED = '2026-01-01T00:00:00Z';
const KINDS = ['ConfigMap', 'Secret', 'SecretProviderClass', 'SecretProviderClassPodStatus', 'Deployment'] as const;

const mounting = (annotations: Record<string, string>): Parameters<FakeCluster['put']>[2] => ({
  metadata: { annotations },
  spec: {
    template: {
      spec: {
        containers: [{ name: 'main', volumeMounts: [{ name: 'v' }] }],
        volumes: [{ name: 'v', csi: { volumeAttributes: { secretProviderClass: 'vault' } } }],
      },
    },
  },
});

/** A cluster with one workload that mounts a class, and what the driver writes of its pods. */
class Vault extends FakeCluster {
  constructor(annotations: Record<string, string> = { 'reloader.stakater.com/auto': 'true' }) {
    super();
    this.put('SecretProviderClass', 'vault', { spec: { provider: 'vault' } });
    this.put('Deployment', 'app', mounting(annotations));
    this.settle('app');
  }

  /** The driver mounts, or rotates, what a pod has. `at`: the second of the write. */
  mounted(pod: string, version: string, at = 0, labels: Record<string, string> = {}): void {
    const time = new Date(Date.parse(CREATED) + at * 1000).toISOString().replace('.000', '');
    const before = this.object('SecretProviderClassPodStatus', pod)?.metadata;
    const creationTimestamp = before?.creationTimestamp ?? time;
    const managedFields = [{ manager: 'driver', operation: 'Update', time, fieldsV1: { 'f:status': {} } }];
    this.put('SecretProviderClassPodStatus', pod, {
      metadata: { labels, creationTimestamp, managedFields },
      status: { podName: pod, secretProviderClassName: 'vault', objects: [{ id: 'password', version }] },
    });
  }

  gone(pod: string): void {
    this.remove('SecretProviderClassPodStatus', pod);
  }

  forgotten(): void {
    this.remove('SecretProviderClass', 'vault');
  }
}

async function started(cluster: FakeCluster): Promise<TestAgent> {
  const agent = testAgent(cluster, new TestClock(), undefined, { kinds: KINDS });
  agent.inventory.start();
  await agent.inventory.whenReady();
  await turn();
  return agent;
}

/** Ends this agent and starts another one after something happened that nobody saw. */
async function missing(cluster: FakeCluster, agent: TestAgent, happens: () => void): Promise<TestAgent> {
  await agent.inventory.stop();
  cluster.disconnect();
  happens();
  return started(cluster);
}

const pending = ({ inventory }: TestAgent): boolean => inventory.workload(APP)?.state === 'Pending';

describe('a SecretProviderClass as a source', () => {
  it('agent 170: what is rotated under a running pod is a change, and names the class', async () => {
    const cluster = new Vault();
    cluster.mounted('app-1', 'v1');
    const agent = await started(cluster);
    expect(pending(agent)).toBe(false);
    cluster.mounted('app-1', 'v2', 60);
    expect(agent.inventory.workload(APP)).toMatchObject({ state: 'Pending', sources: [{ name: 'vault' }] });
  });

  it('agent 170: what is rotated is a change also for a workload that is heard of after that', async () => {
    const cluster = new Vault();
    const { inventory } = await started(cluster);
    inventory.unwatch('Deployment');
    cluster.put('Deployment', 'late', mounting({ 'reloader.stakater.com/auto': 'true' }));
    cluster.mounted('late-1', 'v1');
    cluster.mounted('late-1', 'v2', 60);
    cluster.put('Deployment', 'later', mounting({ 'reloader.stakater.com/auto': 'true' }));
    inventory.watch('Deployment');
    expect(inventory.workload('Deployment/shop/late')?.state).toBe('Pending');
    expect(inventory.workload('Deployment/shop/later')?.state).toBe('Current');
  });

  it('agent 182: three pods that rotate are one change', async () => {
    const cluster = new Vault();
    for (const pod of ['a', 'b', 'c']) cluster.mounted(pod, 'v1');
    const { inventory } = await started(cluster);
    const wants = ['a', 'b', 'c'].map((pod, at) => {
      cluster.mounted(pod, 'v2', 60 + at);
      return inventory.workload(APP)?.want;
    });
    expect(new Set(wants).size).toBe(1);
    expect(wants[0]).not.toBe(inventory.workload(APP)?.have);
  });

  it('agent 174: labels of a status, and a new pod, are no change', async () => {
    const cluster = new Vault();
    cluster.mounted('a', 'v1');
    const agent = await started(cluster);
    cluster.mounted('a', 'v1', 0, { some: 'label' });
    expect(agent.told.noDataChange).toBe(1);
    cluster.mounted('b', 'v1', 60);
    cluster.mounted('c', 'v2', 90);
    expect(pending(agent)).toBe(false);
  });

  it('what one pod started with is a change once another has it rotated under it', async () => {
    const cluster = new Vault();
    cluster.mounted('a', 'v1');
    const agent = await started(cluster);
    cluster.mounted('b', 'v2', 60);
    cluster.mounted('a', 'v2', 90);
    expect(pending(agent)).toBe(true);
  });

  it('a status that goes takes nothing back', async () => {
    const cluster = new Vault();
    cluster.mounted('a', 'v1');
    cluster.mounted('b', 'v1');
    const agent = await started(cluster);
    cluster.mounted('b', 'v2', 60);
    const want = agent.inventory.workload(APP)?.want;
    cluster.mounted('a', 'v3', 90);
    cluster.remove('SecretProviderClassPodStatus', 'a');
    expect(agent.inventory.workload(APP)?.want).not.toBe(want);
    cluster.remove('SecretProviderClassPodStatus', 'b');
    expect(pending(agent)).toBe(true);
  });

  it('is found after a start of the agent, and only then', async () => {
    const cluster = new Vault();
    cluster.mounted('a', 'v1');
    let agent = await started(cluster);
    agent = await missing(cluster, agent, () => cluster.mounted('a', 'v2', 60));
    expect(pending(agent)).toBe(true);
    agent.inventory.settle(APP, cluster.object('Deployment', 'app')?.metadata.uid ?? '', {
      ...agent.inventory.look(APP)?.reckoning?.wanted,
    });
    expect(pending(agent)).toBe(false);
    agent = await missing(cluster, agent, () => {
      cluster.remove('SecretProviderClassPodStatus', 'a');
      cluster.mounted('b', 'v2', 70);
    });
    expect(pending(agent)).toBe(false);
    agent = await missing(cluster, agent, () => cluster.remove('SecretProviderClassPodStatus', 'b'));
    expect(pending(agent)).toBe(false);
  });

  it('a pod that ended long ago and keeps its status does not count as news after a start', async () => {
    const cluster = new Vault();
    cluster.mounted('done', 'v0');
    cluster.mounted('done', 'v1', 10);
    cluster.mounted('a', 'v1', 20);
    let agent = await started(cluster);
    cluster.mounted('a', 'v2', 60);
    const { wanted = {} } = agent.inventory.look(APP)?.reckoning ?? {};
    agent.inventory.settle(APP, cluster.object('Deployment', 'app')?.metadata.uid ?? '', wanted);
    agent = await missing(cluster, agent, () => {
      cluster.remove('SecretProviderClassPodStatus', 'a');
      cluster.mounted('b', 'v2', 70);
    });
    expect(pending(agent)).toBe(false);
  });

  it.each([
    [
      'agent 57: an ignored class',
      { 'reloader.stakater.com/auto': 'true' },
      { 'reloader.stakater.com/ignore': 'true' },
    ],
    ['agent 52: one without a match', { 'reloader.stakater.com/search': 'true' }, {}],
    [
      'agent 175: an excluded one',
      {
        'reloader.stakater.com/auto': 'true',
        'secretproviderclasses.exclude.reloader.stakater.com/reload': 'vault',
      },
      {},
    ],
  ])('%s is no source', async (_title, annotations, marks) => {
    const cluster = new Vault(annotations);
    cluster.put('SecretProviderClass', 'vault', { metadata: { annotations: marks } });
    cluster.mounted('a', 'v1');
    const { inventory } = await started(cluster);
    cluster.mounted('a', 'v2', 60);
    expect(inventory.workload(APP)?.state).toBe('Ignored');
  });

  it('agent 51: a class that matches', async () => {
    const cluster = new Vault({ 'reloader.stakater.com/search': 'true' });
    cluster.put('SecretProviderClass', 'vault', {
      metadata: { annotations: { 'reloader.stakater.com/match': 'true' } },
    });
    cluster.mounted('a', 'v1');
    const agent = await started(cluster);
    cluster.mounted('a', 'v2', 60);
    expect(pending(agent)).toBe(true);
  });

  it('a class that goes while its pods live keeps what is known of it', async () => {
    const cluster = new Vault();
    cluster.mounted('a', 'v1');
    const agent = await started(cluster);
    cluster.remove('SecretProviderClass', 'vault');
    expect(pending(agent)).toBe(false);
    expect(agent.inventory.source(VAULT)?.revision).not.toBeNull();
  });

  it.each([
    ['the class', (cluster: Vault) => (cluster.gone('a'), cluster.gone('b'), cluster.forgotten())],
    ['a status', (cluster: Vault) => (cluster.gone('a'), cluster.forgotten(), cluster.gone('b'))],
  ])('that goes for good, %s last, leaves nothing to restart for', async (_title, leave) => {
    const cluster = new Vault();
    cluster.mounted('a', 'v1');
    cluster.mounted('b', 'v1');
    const agent = await started(cluster);
    cluster.mounted('a', 'v2', 60);
    leave(cluster);
    expect(agent.inventory.source(VAULT)).toMatchObject({ revision: null });
    expect(pending(agent)).toBe(false);
    cluster.put('SecretProviderClass', 'vault', { spec: { provider: 'vault' } });
    cluster.mounted('c', 'v3', 100);
    expect(pending(agent)).toBe(false);
    cluster.mounted('c', 'v4', 200);
    expect(pending(agent)).toBe(true);
  });
});
