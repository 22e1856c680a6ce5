import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig, RbacAuthorizationV1Api, type V1PolicyRule } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { kubeconfigOf } from '@test/helm/installed-agent';
import { KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';

const MINUTES = 60_000;
const OWN = 'fleet-reloader';
const ACCOUNT: Name = { namespace: OWN, name: 'discreet' };
const APP: Name = { namespace: 'shop', name: 'app' };
const OTHER: Name = { namespace: 'shop', name: 'other' };
const BARRED: Name = { namespace: 'shop', name: 'barred' };

const FLAGS = ['--secrets-metadata-only', '--coalesce=200ms'];

let cluster: Cluster;
let kube: KubeClient;
let directory: string;
let agent: Agent;

const rule = (group: string, resources: string[], verbs: string[], resourceNames?: string[]): V1PolicyRule => ({
  apiGroups: [group],
  resources,
  verbs,
  ...(resourceNames ? { resourceNames } : {}),
});

/** Nobody may list Secrets, and only those that workloads use may be read. */
const EVERYWHERE: V1PolicyRule[] = [
  rule('', ['configmaps'], ['list', 'watch']),
  rule('', ['secrets'], ['watch']),
  rule('', ['secrets'], ['get'], ['db', 'cache']),
  rule('', ['pods', 'namespaces'], ['list', 'watch']),
  rule('apps', ['deployments', 'statefulsets', 'daemonsets'], ['get', 'list', 'watch', 'patch']),
  rule('batch', ['cronjobs', 'jobs'], ['get', 'list', 'watch']),
  rule('events.k8s.io', ['events'], ['create', 'patch']),
];
const AT_HOME: V1PolicyRule[] = [
  rule('', ['configmaps', 'secrets'], ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']),
  rule('', ['namespaces'], ['get']),
];

async function allow(): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfigPath);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const { namespace, name } = ACCOUNT;
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const ref = { apiGroup: 'rbac.authorization.k8s.io', name };
  await kube.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
  await rbac.createClusterRole({ body: { metadata: { name }, rules: EVERYWHERE } });
  await rbac.createClusterRoleBinding({
    body: { metadata: { name }, subjects, roleRef: { ...ref, kind: 'ClusterRole' } },
  });
  await rbac.createNamespacedRole({ namespace, body: { metadata: { name }, rules: AT_HOME } });
  await rbac.createNamespacedRoleBinding({
    namespace,
    body: { metadata: { name }, subjects, roleRef: { ...ref, kind: 'Role' } },
  });
}

const generationOf = async (where: Name): Promise<number> =>
  (await kube.read('Deployment', where)).metadata?.generation ?? 0;
const untilGeneration = (where: Name, generation: number): Promise<boolean> =>
  waitFor(`${where.name} to restart`, async () => (await generationOf(where)) === generation);

beforeAll(async () => {
  cluster = await startCluster('agent-metadata-only', { bare: true });
  kube = new KubeClient(cluster);
  for (const namespace of [OWN, 'shop']) await kube.ensureNamespace(namespace);
  await allow();
  const secrets = { db: APP, cache: OTHER, barred: BARRED };
  const annotations = { 'reloader.stakater.com/auto': 'true' };
  for (const [name, where] of Object.entries(secrets)) {
    await kube.putSecret({ ...where, name }, { password: 'first' });
    await kube.createDeployment(where, { annotations, envSecrets: [name] });
  }
  await kube.putSecret({ ...APP, name: 'nobodys' }, { password: 'first' });
  directory = await mkdtemp(join(tmpdir(), 'fleet-reloader-discreet-'));
  const kubeconfigPath = join(directory, 'kubeconfig');
  await writeFile(kubeconfigPath, await kubeconfigOf({ cluster, kube }, ACCOUNT), { mode: 0o600 });
  agent = await startAgent({ kubeconfigPath, args: FLAGS });
}, 3 * MINUTES);

afterAll(async () => {
  await agent?.program.stop();
  await cluster?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
}, MINUTES);

describe('an agent that may watch Secrets and not list them', () => {
  it(
    'restarts what uses a Secret that changes, once, and reads no other',
    async () => {
      await kube.putSecret({ ...APP, name: 'nobodys' }, { password: 'second' });
      await kube.putSecret({ ...APP, name: 'db' }, { password: 'second' });
      await untilGeneration(APP, 2);
      await kube.putSecret({ ...OTHER, name: 'cache' }, { password: 'second' });
      await untilGeneration(OTHER, 2);
      expect(await generationOf(APP)).toBe(2);
      expect(agent.program.logs()).not.toContain('nobodys');
    },
    MINUTES,
  );

  it('says once what it may not read, stays ready, and leaves that workload alone', async () => {
    await kube.putSecret({ ...BARRED, name: 'barred' }, { password: 'second' });
    await kube.putSecret({ ...APP, name: 'db' }, { password: 'third' });
    await untilGeneration(APP, 3);
    expect(await generationOf(BARRED)).toBe(1);
    expect(agent.program.logs().match(/Secret\/shop\/barred can not be read/g)).toHaveLength(1);
    expect((await fetch(`${agent.opsUrl}/readyz`)).status).toBe(200);
  });

  it(
    'finds what changed while it was down',
    async () => {
      await agent.program.kill('SIGTERM');
      await kube.putSecret({ ...APP, name: 'db' }, { password: 'fourth' });
      agent.program.start();
      await agent.program.ready();
      await untilGeneration(APP, 4);
    },
    MINUTES,
  );

  it(
    'takes in a namespace that is chosen later, by a watch of that one',
    async () => {
      await agent.program.stop();
      const where = { namespace: 'later', name: 'app' };
      await kube.ensureNamespace(where.namespace);
      await kube.putSecret({ ...where, name: 'db' }, { password: 'first' });
      const annotations = { 'reloader.stakater.com/auto': 'true' };
      await kube.createDeployment(where, { annotations, envSecrets: ['db'] });
      const kubeconfigPath = join(directory, 'kubeconfig');
      agent = await startAgent({ kubeconfigPath, args: [...FLAGS, '--namespace-selector=team=a'] });
      const metadata = { name: where.namespace, labels: { team: 'a' } };
      await kube.core.replaceNamespace({ name: where.namespace, body: { metadata } });
      await waitFor('it to be known', async () => {
        const { items } = await kube.core.listNamespacedConfigMap({ namespace: OWN });
        return items.some(({ data = {} }) => JSON.stringify(data).includes('Deployment/later/app'));
      });
      await kube.putSecret({ ...where, name: 'db' }, { password: 'second' });
      await untilGeneration(where, 2);
      expect(await generationOf(APP)).toBe(4);
      expect(agent.program.logs()).not.toMatch(/namespace later/);
    },
    MINUTES,
  );
});
