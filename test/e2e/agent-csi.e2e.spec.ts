import type { V1PodSpec } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { CustomKinds, DEPLOYMENT_CONFIG, ROLLOUT } from '@test/custom-kinds';
import { KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { type AnyKind, templateOf, Workloads } from './any-workload';
import { MOUNTS_CLASSES, MOUNTS_IN_INIT, mountsOnly, SecretStore } from './secret-store';

const MARKER = 'reloader.stakater.com/last-reloaded-from';
const VARIABLE = 'STAKATER_VAULT_SECRETPROVIDERCLASS';
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const CLASS_AUTO = { 'secretproviderclass.reloader.stakater.com/auto': 'true' };
const NAMED = { 'secretproviderclass.reloader.stakater.com/reload': 'vault' };
const EXCLUDED = { ...AUTO, 'secretproviderclasses.exclude.reloader.stakater.com/reload': 'vault' };
const MINUTES = 60_000;

let cluster: Cluster;
let kube: KubeClient;
let workloads: Workloads;
let store: SecretStore;
const agents: Partial<Record<Strategy | 'blind', Agent>> = {};

const STRATEGIES = ['annotations', 'env-vars'] as const;
type Strategy = (typeof STRATEGIES)[number];
type Kind = AnyKind;
type Trigger = (namespace: string) => Promise<unknown>;
type Row = Readonly<{
  title: string;
  kind?: Kind;
  annotations?: Record<string, string>;
  template?: Record<string, string>;
  classAnnotations?: Record<string, string>;
  pod?: V1PodSpec;
  trigger?: Trigger;
  rolls: boolean;
}>;

const rotateVault: Trigger = (namespace) => store.rotate(namespace, 'app-vault', 'vault', 'v2');
const rotateOther: Trigger = (namespace) => store.rotate(namespace, 'app-other', 'other', 'v2');
const label: Trigger = (namespace) => store.label(namespace, 'app-vault');
const changeConfigMap: Trigger = (namespace) => kube.putConfigMap({ namespace, name: 'cm' }, { key: 'second' });
/** As a rolling restart does: pods leave, others come and have it mounted as they start. */
const replacePods: Trigger = async (namespace) => {
  await store.mount(namespace, 'app-new', 'vault', 'v1');
  await store.unmount(namespace, 'app-vault');
};
const rotateThree: Trigger = async (namespace) => {
  for (const pod of ['app-vault', 'app-b', 'app-c']) await store.rotate(namespace, pod, 'vault', 'v2');
};
const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'DeploymentConfig'];

const ROWS: readonly Row[] = [
  ...KINDS.map((kind) => ({ title: `agent 170: a named class (${kind})`, kind, annotations: NAMED, rolls: true })),
  { title: 'agent 171, 178: auto for classes', annotations: CLASS_AUTO, rolls: true },
  {
    title: 'agent 172, 178: auto for classes, a ConfigMap',
    annotations: CLASS_AUTO,
    trigger: changeConfigMap,
    rolls: false,
  },
  { title: 'agent 173: auto', annotations: AUTO, rolls: true },
  { title: 'agent 174: labels of a status', annotations: AUTO, trigger: label, rolls: false },
  { title: 'a pod in the place of another', annotations: AUTO, trigger: replacePods, rolls: false },
  { title: 'agent 175: an excluded class', annotations: EXCLUDED, rolls: false },
  { title: 'agent 175: another than the excluded class', annotations: EXCLUDED, trigger: rotateOther, rolls: true },
  { title: 'agent 176: named on the pod template', template: NAMED, rolls: true },
  { title: 'agent 176: auto for classes on the pod template', template: CLASS_AUTO, rolls: true },
  { title: 'agent 179: the volume of an init container, named', annotations: NAMED, pod: MOUNTS_IN_INIT, rolls: true },
  { title: 'agent 179: the volume of an init container, auto', annotations: AUTO, pod: MOUNTS_IN_INIT, rolls: true },
  { title: 'agent 182: three pods that rotate', annotations: AUTO, trigger: rotateThree, rolls: true },
  {
    title: 'agent 57: an ignored class',
    annotations: NAMED,
    classAnnotations: { 'reloader.stakater.com/ignore': 'true' },
    rolls: false,
  },
  {
    title: 'agent 51: a class that is searched for',
    annotations: { 'reloader.stakater.com/search': 'true' },
    classAnnotations: { 'reloader.stakater.com/match': 'true' },
    rolls: true,
  },
  { title: 'nobody asked', rolls: false },
];

const SENTINEL: Row = { title: 'sentinel', annotations: AUTO, rolls: true };
const whereIs = (strategy: Strategy, row: Row): Name => {
  const at = row === SENTINEL ? 'sentinel' : String(ROWS.indexOf(row));
  return { namespace: `${strategy}-${at}`, name: 'app' };
};
/** What nobody has to see: an agent that found no such kind at its start looks after it. */
const BLIND: Name = { namespace: 'blind', name: 'app' };

async function prepare(where: Name, row: Row): Promise<void> {
  const { namespace } = where;
  await kube.ensureNamespace(namespace);
  await kube.putConfigMap({ namespace, name: 'cm' }, { key: 'first' });
  await store.createClass(namespace, 'vault', row.classAnnotations);
  await store.createClass(namespace, 'other');
  for (const pod of ['app-vault', 'app-b', 'app-c']) await store.mount(namespace, pod, 'vault', 'v1');
  await store.mount(namespace, 'app-other', 'other', 'v1');
  await create(where, row);
}

async function create(where: Name, { kind = 'Deployment', annotations = {}, template, pod }: Row): Promise<void> {
  const shape = { annotations, podSpec: pod ?? MOUNTS_CLASSES, templateAnnotations: template ?? {} };
  await workloads.create(kind, where, shape);
}

type Read = Readonly<{ generation: number; marker: string | undefined; variables: readonly string[] }>;

async function read(where: Name, kind: Kind = 'Deployment'): Promise<Read> {
  const workload = await workloads.read(kind, where);
  const { metadata, spec } = templateOf(workload);
  return {
    generation: workload.metadata.generation,
    marker: metadata?.annotations?.[MARKER],
    variables: spec.containers.flatMap(({ env = [] }) => env.map(({ name }) => name)),
  };
}

/** Each kind of source tells its changes in order, and every change waits for a window of the same length. */
async function everythingBeforeIsDone(strategy: Strategy): Promise<void> {
  const where = whereIs(strategy, SENTINEL);
  for (const touch of [changeBack, (namespace: string) => store.rotate(namespace, 'app-vault', 'vault', stamp())]) {
    const { generation } = await read(where);
    await touch(where.namespace);
    await waitFor('the sentinel to restart', async () => (await read(where)).generation > generation);
  }
}

let stamps = 0;
const stamp = (): string => `v${(stamps += 1)}-sentinel`;
const changeBack: Trigger = (namespace) => kube.putConfigMap({ namespace, name: 'cm' }, { key: stamp() });

async function startOne(strategy: Strategy): Promise<Agent> {
  const namespaces = [SENTINEL, ...ROWS].map((row) => whereIs(strategy, row).namespace).join(',');
  return startAgent({
    kubeconfigPath: cluster.kubeconfigPath,
    env: { AGENT_NAMESPACE: `agent-${strategy}` },
    args: [
      '--enable-csi-integration=true',
      '--is-Argo-Rollouts=true',
      `--reload-strategy=${strategy}`,
      `--namespaces=${namespaces},${strategy}-late`,
      '--coalesce=200ms',
    ],
  });
}

beforeAll(async () => {
  cluster = await startCluster('agent-csi', { bare: true });
  kube = new KubeClient(cluster);
  const custom = new CustomKinds(cluster);
  workloads = new Workloads(kube, custom);
  store = new SecretStore(cluster);
  const blind = { env: { AGENT_NAMESPACE: 'agent-blind' }, args: ['--enable-csi-integration', '--namespaces=blind'] };
  agents.blind = await startAgent({ kubeconfigPath: cluster.kubeconfigPath, ...blind });
  for (const kind of [ROLLOUT, DEPLOYMENT_CONFIG]) await custom.serve(kind);
  await store.serve();
  await prepare(BLIND, SENTINEL);
  for (const strategy of STRATEGIES) {
    await Promise.all([SENTINEL, ...ROWS].map((row) => prepare(whereIs(strategy, row), row)));
    agents[strategy] = await startOne(strategy);
  }
}, 3 * MINUTES);

afterAll(async () => {
  for (const agent of Object.values(agents)) await agent.program.stop();
  await cluster?.stop();
}, MINUTES);

describe.each(STRATEGIES)('what SecretProviderClasses bring, strategy %s', (strategy) => {
  beforeAll(async () => {
    for (const row of ROWS) await (row.trigger ?? rotateVault)(whereIs(strategy, row).namespace);
    await everythingBeforeIsDone(strategy);
  }, MINUTES);

  const titled = (title: string): string =>
    strategy === 'env-vars' ? title.replace(/^agent 1[^:]*/, 'agent 181') : title;

  it.each(ROWS.map((row) => [titled(row.title), row] as const))('%s', async (_title, row) => {
    const { generation, marker, variables } = await read(whereIs(strategy, row), row.kind);
    expect(generation).toBe(row.rolls ? 2 : 1);
    const other = row.trigger === rotateOther ? 'other' : 'vault';
    if (strategy === 'env-vars') {
      expect(variables).toEqual(row.rolls ? [VARIABLE.replace('VAULT', other.toUpperCase())] : []);
    } else {
      const said = { type: 'SECRETPROVIDERCLASS', name: other };
      expect(marker === undefined ? null : JSON.parse(marker)).toEqual(
        row.rolls ? expect.objectContaining(said) : null,
      );
    }
  });

  it(
    'agent 177: each rotation is one restart, also those that nobody saw',
    async () => {
      const where = { namespace: `${strategy}-late`, name: 'app' };
      await prepare(where, SENTINEL);
      await everythingBeforeIsDone(strategy);
      const program = agents[strategy]?.program;
      for (const version of ['v2', 'v3']) {
        await store.rotate(where.namespace, 'app-b', 'vault', version);
        await everythingBeforeIsDone(strategy);
      }
      expect((await read(where)).generation).toBe(3);
      await program?.kill('SIGKILL');
      await store.rotate(where.namespace, 'app-c', 'vault', 'v4');
      program?.start();
      await program?.ready();
      await everythingBeforeIsDone(strategy);
      expect((await read(where)).generation).toBe(4);
    },
    MINUTES,
  );
});

it(
  'agent 177: each rotation is one restart also when the pods of the restart take the place of the old ones',
  async () => {
    const where = { namespace: 'annotations-late', name: 'replaced' };
    const { namespace } = where;
    await store.createClass(namespace, 'own');
    await store.mount(namespace, 'own-1', 'own', 'v1');
    await workloads.create('Deployment', where, { annotations: CLASS_AUTO, podSpec: mountsOnly('own') });
    await everythingBeforeIsDone('annotations');
    for (const [at, version] of ['v2', 'v3'].entries()) {
      await store.rotate(namespace, `own-${at + 1}`, 'own', version);
      await waitFor('the restart', async () => (await read(where)).generation === 2 + at);
      await store.mount(namespace, `own-${at + 2}`, 'own', version);
      await store.unmount(namespace, `own-${at + 1}`);
    }
    await everythingBeforeIsDone('annotations');
    expect((await read(where)).generation).toBe(3);
  },
  MINUTES,
);

it('agent 180: a Job that mounts a class is made again', async () => {
  const where = { namespace: 'annotations-late', name: 'job' };
  const template = { spec: { ...MOUNTS_IN_INIT, restartPolicy: 'Never' } };
  const body = { metadata: { name: 'job', annotations: { ...NAMED } }, spec: { template } };
  const { metadata } = await kube.batch.createNamespacedJob({ namespace: where.namespace, body });
  await everythingBeforeIsDone('annotations');
  await store.rotate(where.namespace, 'app-b', 'vault', 'v9');
  await waitFor('another Job', async () => {
    const { items } = await kube.batch.listNamespacedJob({ namespace: where.namespace });
    return items.some((job) => job.metadata?.name === 'job' && job.metadata.uid !== metadata?.uid);
  });
});

it('agent 183: without the API at the start nothing is watched, and it is said', async () => {
  await store.rotate(BLIND.namespace, 'app-vault', 'vault', 'v2');
  const { generation } = await read(BLIND);
  await changeConfigMap(BLIND.namespace);
  await waitFor('the ConfigMap to be acted on', async () => (await read(BLIND)).generation > generation);
  expect(generation).toBe(1);
  expect((await read(BLIND)).marker).toContain('CONFIGMAP');
  expect(agents.blind?.program.logs()).toContain('SecretProviderClass');
});
