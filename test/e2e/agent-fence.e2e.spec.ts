import { type AppsV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { CustomKinds, DEPLOYMENT_CONFIG, ROLLOUT } from '@test/custom-kinds';
import { make } from '@test/helm/dry-run';
import { chartOf, template, type Values } from '@test/helm/helm';
import { kubeconfigOf, type InstalledAgent, startInstalled } from '@test/helm/installed-agent';
import { KubeClient, type Name } from '@test/kube';
import { podTemplate } from '@test/pod-template';
import { waitFor } from '@test/wait';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyKind, templateOf, Workloads } from './any-workload';

const MINUTES = 60_000;
jest.setTimeout(MINUTES);
const CHART = chartOf('agent');
const NEEDED = /^(ServiceAccount|(Cluster)?Role(Binding)?|Deployment|ValidatingAdmissionPolicy(Binding)?)$/;
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const REVISION = 'fleet-reloader.io/revision';
const DENIED = /ValidatingAdmissionPolicy .* denied request: the agent may change/;

type Case = Readonly<{ release: string; values: Values; kinds: readonly AnyKind[] }>;
const CASES: readonly Case[] = [
  {
    release: 'marks',
    values: { watch: { argoRollouts: true } },
    kinds: ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'DeploymentConfig'],
  },
  {
    release: 'variables',
    values: { watch: { argoRollouts: true }, reload: { strategy: 'env-vars' } },
    kinds: ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'DeploymentConfig'],
  },
];

let cluster: Cluster;
let kube: KubeClient;
let workloads: Workloads;
let directory: string;
const agents: InstalledAgent[] = [];

beforeAll(async () => {
  cluster = await startCluster('agent-fence', { bare: true });
  kube = new KubeClient(cluster);
  const custom = new CustomKinds(cluster);
  for (const kind of [ROLLOUT, DEPLOYMENT_CONFIG]) await custom.serve(kind);
  workloads = new Workloads(kube, custom);
  directory = await mkdtemp(join(tmpdir(), 'fleet-reloader-fence-'));
}, 2 * MINUTES);
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop();
});
afterAll(async () => {
  await cluster?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
}, MINUTES);

const accountOf = (release: string): Name => ({ namespace: release, name: `${release}-fleet-reloader-agent` });

async function install({ release, values }: Case): Promise<void> {
  await kube.ensureNamespace(release);
  const own = { admissionFence: { enabled: true }, ...values };
  for (const object of await template(CHART, { values: own, namespace: release }, release))
    if (NEEDED.test(object.kind)) await make(cluster, object, release);
}

/** The API as the agent's own ServiceAccount sees it. */
async function asAgent(release: string): Promise<AppsV1Api> {
  const kubeconfigPath = join(directory, release);
  await writeFile(kubeconfigPath, await kubeconfigOf({ cluster, kube }, accountOf(release)), { mode: 0o600 });
  return new KubeClient({ kubeconfigPath }).apps;
}

const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** What the API server says to a change; empty when it would take it. */
async function saidTo(apps: AppsV1Api, where: Name, body: object): Promise<string> {
  try {
    await apps.patchNamespacedDeployment({ ...where, body, dryRun: 'All' }, MERGE);
    return '';
  } catch (error) {
    return String(error);
  }
}

const container = podTemplate({ app: 'app' }).spec?.containers[0];
const withContainer = (change: object): object => ({
  spec: { template: { spec: { containers: [{ ...container, ...change }] } } },
});
const withTemplate = (change: object): object => ({ spec: { template: change } });

describe.each(CASES)('an agent behind the fence: $release', (one) => {
  const { release, kinds } = one;
  const shop = `${release}-shop`;
  const app = { namespace: shop, name: 'app' };
  let apps: AppsV1Api;

  beforeAll(async () => {
    await install(one);
    await kube.ensureNamespace(shop);
    await kube.putSecret({ namespace: shop, name: 'db' }, { password: 'first' });
    await kube.createDeployment(app, { replicas: 1 });
    apps = await asAgent(release);
    await waitFor('the fence to stand', async () => DENIED.test(await saidTo(apps, app, { spec: { replicas: 2 } })));
  }, 2 * MINUTES);

  it.each<[string, object]>([
    ['another image', withContainer({ image: 'example.com/other' })],
    ['a variable', withContainer({ env: [{ name: 'LD_PRELOAD', value: 'x' }] })],
    [
      'a variable of a Secret under the name of ours',
      withContainer({ env: [{ name: 'STAKATER_X', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] }),
    ],
    ['a command', withContainer({ command: ['sh'] })],
    ['a container more', { spec: { template: { spec: { containers: [container, { name: 'x', image: 'x' }] } } } }],
    ['replicas', { spec: { replicas: 7 } }],
    ['the strategy', { spec: { minReadySeconds: 3 } }],
    ['a volume', withTemplate({ spec: { volumes: [{ name: 'x', emptyDir: {} }] } })],
    ['the ServiceAccount', withTemplate({ spec: { serviceAccountName: 'x' } })],
    ['the host’s network', withTemplate({ spec: { hostNetwork: true } })],
    ['a label of the pods', withTemplate({ metadata: { labels: { more: 'x' } } })],
    ['another annotation of the pods', withTemplate({ metadata: { annotations: { 'example.com/x': 'y' } } })],
    ['a label', { metadata: { labels: { more: 'x' } } }],
    ['an annotation', { metadata: { annotations: { 'reloader.stakater.com/auto': 'false' } } }],
    ['a finalizer', { metadata: { finalizers: ['example.com/x'] } }],
  ])('protocol 58: may not change %s', async (_, change) => {
    expect(await saidTo(apps, app, change)).toMatch(DENIED);
  });

  it('protocol 58: holds for nobody else', async () => {
    expect(await saidTo(kube.apps, app, { spec: { replicas: 7 } })).toBe('');
  });

  it('protocol 58: does its whole work', async () => {
    const podSpec = {
      containers: [{ name: 'app', image: 'example.com/app', envFrom: [{ secretRef: { name: 'db' } }] }],
    };
    const nameOf = (kind: AnyKind): string => kind.toLowerCase();
    for (const kind of kinds)
      await workloads.create(kind, { namespace: shop, name: nameOf(kind) }, { annotations: AUTO, podSpec });
    const paused = { namespace: shop, name: 'paused' };
    const annotations = { ...AUTO, 'deployment.reloader.stakater.com/pause-period': '1s' };
    await workloads.create('Deployment', paused, { annotations, podSpec });
    const restarted = { namespace: shop, name: 'restarted' };
    const byTime = { 'secret.reloader.stakater.com/reload': 'db', 'reloader.stakater.com/rollout-strategy': 'restart' };
    await workloads.create('Rollout', restarted, { annotations: byTime, podSpec });
    const agent = await startInstalled({ cluster, kube }, accountOf(release));
    agents.push(agent);
    await agent.program.ready();
    for (const password of ['second', 'third']) {
      const revisions = new Map<string, string | undefined>();
      const revisionOf = async (kind: AnyKind, name: string): Promise<string | undefined> =>
        templateOf(await workloads.read(kind, { namespace: shop, name })).metadata?.annotations?.[REVISION];
      for (const kind of kinds) revisions.set(kind, await revisionOf(kind, nameOf(kind)));
      const at = (await workloads.read('Rollout', restarted)).spec['restartAt'];
      await kube.putSecret({ namespace: shop, name: 'db' }, { password });
      for (const kind of kinds)
        await waitFor(`${kind} to restart`, async () => (await revisionOf(kind, nameOf(kind))) !== revisions.get(kind));
      await waitFor('the Rollout to get another time', async () => {
        return (await workloads.read('Rollout', restarted)).spec['restartAt'] !== at;
      });
    }
    await waitFor('the pause to end', async () => {
      const { spec } = await workloads.read('Deployment', paused);
      return templateOf({ spec } as never).metadata?.annotations?.[REVISION] !== undefined && spec['paused'] !== true;
    });
    expect(agent.program.logs()).not.toMatch(/denied|forbidden/i);
  });
});
