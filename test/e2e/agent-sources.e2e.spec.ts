import { randomBytes } from 'node:crypto';
import type { V1Deployment, V1StatefulSet } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { fromConfigMap, pod } from './agent-case-parts';
import { AUTO, namesConfigMap } from './agent-case-rows';
import { COMING_ROWS } from './agent-coming-rows';
import { AGENTS, type AgentName, SOURCE_ROWS, type SourceRow } from './agent-source-rows';

const MARKER = 'reloader.stakater.com/last-reloaded-from';
const DELETED = 'aae45badef99284e4dae01d6046154ea9d99532f';
const MINUTES = 60_000;
const ROWS = [...SOURCE_ROWS, ...COMING_ROWS];
const NAMES = Object.keys(AGENTS) as AgentName[];
/** A name as long as Kubernetes takes it, with every character it takes. */
const LONGEST = `a.${'b-0'.repeat(83)}.z`;
const MIB = 1024 * 1024;

let cluster: Cluster;
let kube: KubeClient;
const agents = new Map<AgentName, Agent>();

const whereIs = (row: SourceRow): Name => ({ namespace: `${row.agent}-${ROWS.indexOf(row)}`, name: 'app' });
const sentinelOf = (agent: AgentName): SourceRow => ({
  title: 'sentinel',
  agent,
  kind: 'Deployment',
  annotations: { 'fleet-reloader.io/auto': 'true' },
  pod: pod({ envFrom: [{ configMapRef: { name: 'cm' } }, { secretRef: { name: 's' } }] }),
  trigger: () => Promise.resolve(),
  rolls: true,
});
const sentinelAt = (agent: AgentName): Name => ({ namespace: `${agent}-sentinel`, name: 'app' });
const lateAt = (agent: AgentName): Name => ({ namespace: `${agent}-late`, name: 'app' });

async function prepare(where: Name, row: SourceRow): Promise<void> {
  const { namespace } = where;
  await kube.ensureNamespace(namespace);
  const metadata = { name: 'cm', annotations: { ...row.marks } };
  await kube.core.createNamespacedConfigMap({ namespace, body: { metadata, data: { key: 'first' } } });
  for (const name of ['cm2', 'app-1']) await kube.putConfigMap({ namespace, name }, { key: 'first' });
  for (const name of ['s', 's2']) await kube.putSecret({ namespace, name }, { key: 'first' });
  await create(where, row);
}

async function create({ namespace, name }: Name, row: SourceRow): Promise<void> {
  const labels = { app: name };
  const template = { metadata: { labels, annotations: { ...row.template } }, spec: row.pod };
  const spec = { selector: { matchLabels: labels }, template };
  const body = { metadata: { name, annotations: { ...row.annotations } }, spec };
  switch (row.kind) {
    case 'Deployment':
      return void (await kube.apps.createNamespacedDeployment({ namespace, body: body as V1Deployment }));
    case 'StatefulSet':
      return void (await kube.apps.createNamespacedStatefulSet({ namespace, body: body as V1StatefulSet }));
    case 'DaemonSet':
      return void (await kube.apps.createNamespacedDaemonSet({ namespace, body }));
  }
}

const generationOf = async (where: Name, kind: SourceRow['kind'] = 'Deployment'): Promise<number> =>
  (await kube.read(kind, where)).metadata?.generation ?? 0;

let touches = 0;

/** Each kind of source tells its changes in order, and every change waits for a window of the same length. */
async function everythingBeforeIsDone(agent: AgentName): Promise<void> {
  const where = sentinelAt(agent);
  for (const what of ['ConfigMap', 'Secret'] as const) {
    if (what === 'Secret' && agent === 'secretless') continue;
    const before = await generationOf(where);
    const data = { key: `touch-${(touches += 1)}` };
    if (what === 'ConfigMap') await kube.putConfigMap({ ...where, name: 'cm' }, data);
    else await kube.putSecret({ ...where, name: 's' }, data);
    await waitFor('the sentinel to restart', async () => (await generationOf(where)) > before);
  }
}

/** What a workload was first seen with stands in the state: a killed agent wrote it before. */
async function untilRecorded(agent: AgentName, { namespace, name }: Name): Promise<void> {
  await waitFor(`${namespace}/${name} to be recorded`, async () => {
    const { items } = await kube.core.listNamespacedConfigMap({ namespace: `agent-${agent}` });
    return items.some(({ data = {} }) => JSON.stringify(data).includes(`Deployment/${namespace}/${name}`));
  });
}

async function startOne(name: AgentName): Promise<Agent> {
  const own = ROWS.filter(({ agent }) => agent === name).map((row) => whereIs(row).namespace);
  const namespaces = [sentinelAt(name), lateAt(name)].map(({ namespace }) => namespace);
  return startAgent({
    kubeconfigPath: cluster.kubeconfigPath,
    env: { AGENT_NAMESPACE: `agent-${name}` },
    args: [...AGENTS[name], `--namespaces=${[...own, ...namespaces].join(',')}`, '--coalesce=200ms'],
  });
}

beforeAll(async () => {
  cluster = await startCluster('agent-sources', { bare: true });
  kube = new KubeClient(cluster);
  await Promise.all(NAMES.map((name) => prepare(sentinelAt(name), sentinelOf(name))));
  await Promise.all(ROWS.map((row) => prepare(whereIs(row), row)));
  await Promise.all(NAMES.map((name) => kube.ensureNamespace(lateAt(name).namespace)));
  await Promise.all(NAMES.map(async (name) => agents.set(name, await startOne(name))));
}, 3 * MINUTES);

afterAll(async () => {
  await Promise.all([...agents.values()].map(({ program }) => program.stop()));
  await cluster?.stop();
}, MINUTES);

describe('which sources a workload reacts to', () => {
  beforeAll(async () => {
    await Promise.all(ROWS.map((row) => row.trigger(kube, whereIs(row).namespace)));
    await Promise.all(NAMES.map(everythingBeforeIsDone));
  }, MINUTES);

  it.each(ROWS.map((row) => [row.title, row] as const))('%s', async (_title, row) => {
    expect(await generationOf(whereIs(row), row.kind)).toBe(row.rolls ? 2 : 1);
    const marker = (await kube.podAnnotations(row.kind, whereIs(row)))[MARKER] ?? '';
    const isGone = /goes/.test(row.title) && row.rolls;
    expect(marker.includes(DELETED)).toBe(isGone);
  });

  it('agent 74: tells the workload which entry is skipped, once', async () => {
    const row = ROWS.find(({ title }) => title.includes('invalid pattern')) as SourceRow;
    const { items } = await kube.core.listNamespacedEvent({ namespace: whereIs(row).namespace });
    const told = items.filter(({ reason }) => reason === 'InvalidAnnotation');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ type: 'Warning', involvedObject: { kind: 'Deployment', name: 'app' } });
    expect(told[0]?.message).toContain('"("');
  });
});

describe('sources that come and go', () => {
  it(
    'agent 158: while the agent is down count too, once each',
    async () => {
      const where = lateAt('both');
      const row = { ...sentinelOf('both'), annotations: namesConfigMap('cm,new'), pod: pod(fromConfigMap()) };
      await prepare(where, row);
      await everythingBeforeIsDone('both');
      await untilRecorded('both', where);
      const program = agents.get('both')?.program;
      const missed = [
        () => kube.putConfigMap({ ...where, name: 'new' }, { key: 'first' }),
        () => kube.core.deleteNamespacedConfigMap({ namespace: where.namespace, name: 'cm' }),
      ];
      for (const [at, happens] of missed.entries()) {
        await program?.kill('SIGKILL');
        await happens();
        program?.start();
        await program?.ready();
        await everythingBeforeIsDone('both');
        expect(await generationOf(where)).toBe(2 + at);
      }
    },
    MINUTES,
  );

  it(
    'agent 155, 159: by variable: written with a change, taken away with its source, and untouched by a start',
    async () => {
      const where = lateAt('variables');
      await prepare(where, { ...sentinelOf('variables'), annotations: AUTO, pod: pod(fromConfigMap()) });
      await everythingBeforeIsDone('variables');
      const variables = async (): Promise<readonly string[]> => {
        const { spec } = await kube.read('Deployment', where);
        return (spec?.template.spec?.containers ?? []).flatMap(({ env = [] }) => env.map(({ name }) => name));
      };
      await kube.putConfigMap({ ...where, name: 'cm' }, { key: 'second' });
      await everythingBeforeIsDone('variables');
      expect(await variables()).toEqual(['STAKATER_CM_CONFIGMAP']);
      const program = agents.get('variables')?.program;
      await program?.restart();
      await everythingBeforeIsDone('variables');
      expect(await generationOf(where)).toBe(2);
      await kube.core.deleteNamespacedConfigMap({ namespace: where.namespace, name: 'cm' });
      await everythingBeforeIsDone('variables');
      expect(await variables()).toEqual([]);
      expect(await generationOf(where)).toBe(3);
    },
    MINUTES,
  );
});

describe('sources at the limits of Kubernetes', () => {
  it(
    'a source of 1 MiB, binary data and the longest name are sources like any other',
    async () => {
      const where = lateAt('plain');
      const { namespace } = where;
      const big = 'x'.repeat(MIB - 1024);
      const binary = randomBytes(700_000);
      const binaryData = (last: number): Record<string, string> => ({
        b: Buffer.concat([binary, Buffer.from([last])]).toString('base64'),
      });
      await kube.putConfigMap({ namespace, name: 'big' }, { key: big });
      await kube.core.createNamespacedConfigMap({
        namespace,
        body: { metadata: { name: 'binary' }, binaryData: binaryData(0) },
      });
      await kube.putSecret({ namespace, name: LONGEST }, { key: 'first' });
      for (const name of ['big', 'binary']) {
        await create({ namespace, name }, { ...sentinelOf('plain'), annotations: AUTO, pod: pod(fromConfigMap(name)) });
      }
      const named = { 'secret.reloader.stakater.com/reload': LONGEST };
      await create({ namespace, name: 'longest' }, { ...sentinelOf('plain'), annotations: named, pod: pod() });
      await everythingBeforeIsDone('plain');
      await kube.putConfigMap({ namespace, name: 'big' }, { key: `${big.slice(1)}y` });
      await kube.core.replaceNamespacedConfigMap({
        namespace,
        name: 'binary',
        body: { metadata: { name: 'binary' }, binaryData: binaryData(1) },
      });
      await kube.putSecret({ namespace, name: LONGEST }, { key: 'second' });
      await everythingBeforeIsDone('plain');
      const generations = ['big', 'binary', 'longest'].map((name) => generationOf({ namespace, name }));
      expect(await Promise.all(generations)).toEqual([2, 2, 2]);
    },
    MINUTES,
  );
});
