import { createHash } from 'node:crypto';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { chartOf, helm, type HelmOptions, type Values } from '@test/helm/helm';
import { type InstalledAgent, startInstalled } from '@test/helm/installed-agent';
import { installReloader } from '@test/helm/reloader-release';
import { KubeClient } from '@test/kube';
import { waitFor } from '@test/wait';

const MARKER = 'reloader.stakater.com/last-reloaded-from';
const REVISION = 'fleet-reloader.io/revision';
const RELEASE = 'reloader';
const MINUTE = 60_000;

/** Values as a team had them with Reloader's chart; unset keys and Reloader's own image included. */
const OLD_VALUES: Values = {
  kubernetes: { host: 'https://kubernetes.default' },
  image: { name: 'stakater/reloader', repository: 'ghcr.io/stakater/reloader', tag: 'v1.4.21' },
  reloader: {
    reloadStrategy: 'annotations',
    ignoreNamespaces: 'kube-system',
    ignoreJobs: true,
    logFormat: 'json',
    readOnlyRootFileSystem: true,
    custom_annotations: { configmap: 'example.com/configmaps' },
    deployment: {
      nodeSelector: null,
      labels: { provider: 'stakater', group: 'com.stakater.platform', version: 'v1.4.21' },
      env: { open: null, secret: null, field: { NODE_NAME: 'spec.nodeName' }, existing: null },
      resources: { limits: { cpu: '100m', memory: '512Mi' } },
      pod: { annotations: {} },
    },
    rbac: { enabled: true, labels: {} },
    serviceAccount: { create: true, name: null },
    webhookUrl: '',
  },
};

let cluster: Cluster;
let kube: KubeClient;

beforeAll(async () => {
  cluster = await startCluster('agent-migration');
  kube = new KubeClient(cluster);
}, 2 * MINUTE);
afterAll(() => cluster?.stop(), MINUTE);

/** What Reloader wrote into a pod template when it reloaded for a Secret with this one key. */
function markerOf(namespace: string, value: string): Record<string, string> {
  const hash = createHash('sha1').update(`password=${value}`).digest('hex');
  const written = { type: 'SECRET', name: 'db', namespace, hash, containerRefs: ['app'], observedAt: 1_700_000_000 };
  return { [MARKER]: JSON.stringify(written) };
}

/** Workloads as Reloader leaves them behind: marked for the present content, for an earlier one, never reloaded. */
async function prepare(namespace: string): Promise<void> {
  await kube.ensureNamespace(namespace);
  await kube.putSecret({ namespace, name: 'db' }, { password: 'now' });
  await kube.putConfigMap({ namespace, name: 'settings' }, { a: 'now' });
  const named = { 'secret.reloader.stakater.com/reload': 'db' };
  const marked = (value: string): object => ({ annotations: named, podAnnotations: markerOf(namespace, value) });
  await kube.createDeployment({ namespace, name: 'reloaded' }, { envSecrets: ['db'], ...marked('now') });
  await kube.createStatefulSet({ namespace, name: 'missed' }, { envSecrets: ['db'], ...marked('before') });
  const custom = { 'example.com/configmaps': 'settings' };
  await kube.createDeployment({ namespace, name: 'custom' }, { envConfigMaps: ['settings'], annotations: custom });
  await kube.untilRolledOut('Deployment', { namespace, name: 'reloaded' }, MINUTE);
  await kube.untilRolledOut('StatefulSet', { namespace, name: 'missed' }, MINUTE);
  await kube.untilRolledOut('Deployment', { namespace, name: 'custom' }, MINUTE);
}

type Generations = Readonly<Record<'reloaded' | 'missed' | 'custom', number | undefined>>;

async function generations(namespace: string): Promise<Generations> {
  const generation = async (kind: 'Deployment' | 'StatefulSet', name: string): Promise<number | undefined> =>
    (await kube.read(kind, { namespace, name })).metadata?.generation;
  return {
    reloaded: await generation('Deployment', 'reloaded'),
    missed: await generation('StatefulSet', 'missed'),
    custom: await generation('Deployment', 'custom'),
  };
}

const to = (namespace: string): HelmOptions => ({ namespace, kubeconfigPath: cluster.kubeconfigPath });

async function deployments(namespace: string): Promise<(string | undefined)[]> {
  return (await kube.apps.listNamespacedDeployment({ namespace })).items.map(({ metadata }) => metadata?.name);
}

/** From the old release to the first change: nothing restarts, then just what the change concerns. */
async function journey(team: string, agent: () => Promise<InstalledAgent>): Promise<void> {
  const before = await generations(team);
  const running = await agent();
  try {
    await running.program.ready();
    expect(await generations(team)).toEqual(before);
    await kube.putConfigMap({ namespace: team, name: 'settings' }, { a: 'changed' });
    const custom = { namespace: team, name: 'custom' };
    await waitFor('the one restart', async () => REVISION in (await kube.podAnnotations('Deployment', custom)));
    await kube.untilRolledOut('Deployment', custom);
    const { reloaded, missed } = before;
    expect(await generations(team)).toMatchObject({ reloaded, missed });
    await kube.putSecret({ namespace: team, name: 'db' }, { password: 'changed' });
    for (const [kind, name] of [['Deployment', 'reloaded'] as const, ['StatefulSet', 'missed'] as const]) {
      const where = { namespace: team, name };
      await waitFor(`${name} to restart`, async () => REVISION in (await kube.podAnnotations(kind, where)));
      expect((await kube.podAnnotations(kind, where))[MARKER]).toContain('"type":"SECRET","name":"db"');
    }
  } finally {
    await running.stop();
  }
}

it(
  'takes the place of a release of Reloader’s chart with the values of that, and restarts nothing',
  async () => {
    await prepare('shop');
    await installReloader(RELEASE, { ...to('reloader'), values: OLD_VALUES });
    expect(await deployments('reloader')).toEqual(['reloader-reloader']);
    // No values are given: Helm keeps those of the release.
    const printed = await helm(['upgrade', RELEASE, chartOf('agent')], to('reloader'));
    expect(printed).toContain("image.* names Reloader's image: it is ignored");
    const where = { namespace: 'reloader', name: 'reloader-reloader' };
    expect(await deployments('reloader')).toEqual([where.name]);
    const { spec } = await kube.apps.readNamespacedDeployment(where);
    expect(spec?.template.spec?.containers.map(({ image }) => image)).toEqual([
      expect.stringContaining('fleet-reloader/agent'),
    ]);
    await journey('shop', () => startInstalled({ cluster, kube }, where));
  },
  3 * MINUTE,
);

it(
  'takes the place of a Deployment of another name',
  async () => {
    await prepare('bank');
    await installReloader(RELEASE, { ...to('renamed'), values: OLD_VALUES });
    const values = { ...OLD_VALUES, fullnameOverride: 'agent' };
    await helm(['upgrade', RELEASE, chartOf('agent')], { ...to('renamed'), values });
    expect(await deployments('renamed')).toEqual(['agent']);
    await journey('bank', () => startInstalled({ cluster, kube }, { namespace: 'renamed', name: 'agent' }));
  },
  3 * MINUTE,
);
