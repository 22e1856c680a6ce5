import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { CustomKinds, DEPLOYMENT_CONFIG, ROLLOUT } from '@test/custom-kinds';
import { KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import {
  changeConfigMap,
  changeSecret,
  changeSecond,
  container,
  fromConfigMap,
  fromSecret,
  initiated,
  pod,
  rewriteConfigMap,
  rewriteSecret,
  type Trigger,
} from './agent-case-parts';
import { AUTO, namesConfigMap } from './agent-case-rows';
import { cronJobOf, jobOf } from './agent-job-rows';
import { Sentinels } from './sentinels';
import { type AnyKind, templateOf, Workloads } from './any-workload';

const REVISION = 'fleet-reloader.io/revision';
const MARKER = 'reloader.stakater.com/last-reloaded-from';
const KEYED = /^k[0-9a-f]{6}:[A-Za-z0-9_-]{22}$/;
const MINUTES = 60_000;

let cluster: Cluster;
let kube: KubeClient;
let workloads: Workloads;
let sentinels: Sentinels;
let agent: Agent;

type Row = Readonly<{
  title: string;
  kind?: AnyKind;
  annotations?: Record<string, string>;
  pod: V1PodSpec;
  trigger: Trigger;
  /** The variables that each container has afterwards, by its name. */
  variables: Readonly<Record<string, readonly string[]>>;
}>;

const KINDS: readonly AnyKind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'DeploymentConfig'];
const CM = 'STAKATER_CM_CONFIGMAP';
const S = 'STAKATER_S_SECRET';
const NONE = { main: [] };

const LABELLED = { metadata: { labels: { a: 'b' } } };
const spread = (row: Row, kinds: readonly AnyKind[]): readonly Row[] =>
  kinds.map((kind) => ({ ...row, kind, title: `${row.title} (${kind})` }));
const two = (a: Partial<V1Container>, b: Partial<V1Container>): V1PodSpec => ({
  containers: [container('first', a), container('second', b)],
});

const ROWS: readonly Row[] = [
  ...spread(
    { title: 'agent 85: a ConfigMap', pod: pod(fromConfigMap()), trigger: changeConfigMap, variables: { main: [CM] } },
    KINDS,
  ),
  ...spread(
    { title: 'agent 86: a Secret', pod: pod(fromSecret()), trigger: changeSecret, variables: { main: [S] } },
    KINDS,
  ),
  ...spread(
    {
      title: 'agent 87: labels of a ConfigMap',
      pod: pod(fromConfigMap()),
      trigger: rewriteConfigMap(LABELLED),
      variables: NONE,
    },
    KINDS.slice(0, 3),
  ),
  ...spread(
    {
      title: 'agent 88: labels of a Secret',
      pod: pod(fromSecret()),
      trigger: rewriteSecret(LABELLED),
      variables: NONE,
    },
    KINDS.slice(0, 3),
  ),
  ...spread(
    {
      title: 'agent 90: the container that uses it',
      pod: two(fromConfigMap(), fromConfigMap('cm2')),
      trigger: changeSecond,
      variables: { first: [], second: ['STAKATER_CM2_CONFIGMAP'] },
    },
    ['Deployment', 'Rollout'],
  ),
  {
    title: 'agent 90: an init container uses it',
    pod: initiated(fromConfigMap()),
    trigger: changeConfigMap,
    variables: { main: [CM] },
  },
  {
    title: 'agent 90: nothing uses it',
    annotations: namesConfigMap('cm'),
    pod: two({}, {}),
    trigger: changeConfigMap,
    variables: { first: [CM], second: [] },
  },
  {
    title: 'two sources at once leave two variables',
    pod: pod({ envFrom: [{ configMapRef: { name: 'cm' } }, { secretRef: { name: 's' } }] }),
    trigger: async (client, namespace) => {
      await changeConfigMap(client, namespace);
      await changeSecret(client, namespace);
    },
    variables: { main: [CM, S] },
  },
  {
    title: 'agent 156: a source goes that left none',
    pod: pod(fromConfigMap()),
    trigger: (client, namespace) => client.core.deleteNamespacedConfigMap({ namespace, name: 'cm' }),
    variables: NONE,
  },
];

const whereIs = (row: Row): Name => ({ namespace: `case-${ROWS.indexOf(row)}`, name: 'app' });
const kindOf = ({ kind = 'Deployment' }: Row): AnyKind => kind;

async function sources(namespace: string): Promise<void> {
  await kube.ensureNamespace(namespace);
  for (const name of ['cm', 'cm2']) await kube.putConfigMap({ namespace, name }, { key: 'first' });
  await kube.putSecret({ namespace, name: 's' }, { key: 'first' });
}

beforeAll(async () => {
  cluster = await startCluster('agent-variables', { bare: true });
  kube = new KubeClient(cluster);
  const custom = new CustomKinds(cluster);
  for (const kind of [ROLLOUT, DEPLOYMENT_CONFIG]) await custom.serve(kind);
  workloads = new Workloads(kube, custom);
  sentinels = new Sentinels(kube);
  await sentinels.prepare();
  for (const row of ROWS) {
    await sources(whereIs(row).namespace);
    await workloads.create(kindOf(row), whereIs(row), { annotations: row.annotations ?? AUTO, podSpec: row.pod });
  }
  agent = await startAgent({
    kubeconfigPath: cluster.kubeconfigPath,
    args: ['--reload-strategy=env-vars', '--is-Argo-Rollouts=true', '--reload-on-delete=true', '--coalesce=200ms'],
  });
}, 3 * MINUTES);

afterAll(async () => {
  await agent?.program.stop();
  await cluster?.stop();
}, MINUTES);

async function made(namespace: string, podSpec: V1PodSpec, kind: AnyKind = 'Deployment'): Promise<Name> {
  const where = { namespace, name: 'app' };
  await sources(namespace);
  await workloads.create(kind, where, { annotations: AUTO, podSpec });
  await sentinels.everythingBeforeIsDone();
  return where;
}

const variablesOf = async (kind: AnyKind, where: Name): Promise<Record<string, readonly string[]>> => {
  const { containers } = templateOf(await workloads.read(kind, where)).spec;
  return Object.fromEntries(
    containers.map((one) => [
      one.name,
      (one.env ?? []).map(({ name }) => name).filter((name) => name.startsWith('STAKATER_')),
    ]),
  );
};

async function untilVariable(
  where: Name,
  name: string,
  { than, kind = 'Deployment' }: { than?: string | undefined; kind?: AnyKind } = {},
): Promise<string> {
  return waitFor(`${where.namespace} to have another ${name}`, async () => {
    const [main] = templateOf(await workloads.read(kind, where)).spec.containers;
    const value = main?.env?.find((one) => one.name === name)?.value;
    return value !== than && value;
  });
}

describe('the strategy env-vars', () => {
  describe('acceptance', () => {
    beforeAll(async () => {
      await sentinels.everythingBeforeIsDone();
      for (const row of ROWS) await row.trigger(kube, whereIs(row).namespace);
      await sentinels.everythingBeforeIsDone();
    }, MINUTES);

    it.each(ROWS.map((row) => [row.title, row] as const))('%s', async (_title, row) => {
      expect(await variablesOf(kindOf(row), whereIs(row))).toEqual(row.variables);
      const object = await workloads.read(kindOf(row), whereIs(row));
      const rolls = Object.values(row.variables).flat().length > 0;
      expect(object.metadata.generation).toBe(rolls ? 2 : 1);
      const annotations = templateOf(object).metadata?.annotations ?? {};
      expect([REVISION in annotations, MARKER in annotations]).toEqual([rolls, false]);
    });
  });

  it('agent 89, 92, 97: holds keyed revisions, each content another; back is a restart too; the rest stays', async () => {
    const own = [{ name: 'OWN', value: '1' }];
    const where = await made('there-and-back', pod({ ...fromSecret(), env: own, args: ['x'] }));
    const seen: string[] = [];
    for (const key of ['second', 'first', 'second']) {
      await kube.putSecret({ ...where, name: 's' }, { key });
      seen.push(await untilVariable(where, S, { than: seen.at(-1) }));
    }
    expect(seen[0]).toBe(seen[2]);
    expect(seen[0]).not.toBe(seen[1]);
    for (const value of seen) expect(value).toMatch(KEYED);
    const object = await workloads.read('Deployment', where);
    expect(object.metadata.generation).toBe(4);
    const [main] = templateOf(object).spec.containers;
    expect(main?.env).toHaveLength(2);
    expect(main?.env).toEqual(expect.arrayContaining([...own, { name: S, value: seen[2] }]));
    expect(main?.args).toEqual(['x']);
  });

  it.each(KINDS)('agent 155: takes the variable away with its source, and that alone (%s)', async (kind) => {
    const own = [{ name: 'OWN', value: '1' }];
    const where = await made(`gone-${kind.toLowerCase()}`, pod({ ...fromConfigMap(), env: own }), kind);
    const spec = async (): Promise<V1PodSpec> => templateOf(await workloads.read(kind, where)).spec;
    const before = await spec();
    await kube.putConfigMap({ ...where, name: 'cm' }, { key: 'second' });
    await untilVariable(where, CM, { kind });
    await kube.core.deleteNamespacedConfigMap({ ...where, name: 'cm' });
    await waitFor('the variable to be gone', async () => {
      const { main = [] } = await variablesOf(kind, where);
      return main.length === 0;
    });
    expect(await spec()).toEqual(before);
  });

  it('agent 104, 112: Jobs carry the variable, each its new content; their CronJob does not', async () => {
    const where = { namespace: 'jobs', name: 'app' };
    const { namespace } = where;
    await sources(namespace);
    const shape = { annotations: AUTO, spec: pod({ ...fromSecret(), env: [{ name: 'OWN', value: '1' }] }) };
    await kube.batch.createNamespacedJob({ namespace, body: jobOf('job', shape) });
    await kube.batch.createNamespacedCronJob({ namespace, body: cronJobOf('cron', shape) });
    await sentinels.everythingBeforeIsDone();
    const values = async (): Promise<readonly string[]> => {
      const { items } = await kube.batch.listNamespacedJob({ namespace });
      const env = items.map(({ spec }) => spec?.template.spec?.containers[0]?.env ?? []);
      return env.flatMap((all) => all.filter(({ name }) => name === S).map(({ value = '' }) => value));
    };
    await kube.putSecret({ ...where, name: 's' }, { key: 'second' });
    await waitFor('both Jobs', async () => (await values()).length === 2);
    expect(new Set(await values()).size).toBe(1);
    await kube.putSecret({ ...where, name: 's' }, { key: 'third' });
    await waitFor('both Jobs again', async () => new Set(await values()).size === 2 && (await values()).length === 3);
    for (const value of await values()) expect(value).toMatch(KEYED);
    const { metadata, spec } = await kube.batch.readNamespacedCronJob({ namespace, name: 'cron' });
    expect(metadata?.generation).toBe(1);
    expect(spec?.jobTemplate.spec?.template.spec?.containers[0]?.env).toHaveLength(1);
  });

  it('agent 93, 159: started anew it writes nothing for what it has written already, and what is new once', async () => {
    const where = await made('anew', pod(fromSecret()));
    await kube.putSecret({ ...where, name: 's' }, { key: 'second' });
    const second = await untilVariable(where, S);
    await agent.program.kill('SIGKILL');
    await agent.program.restart();
    await sentinels.everythingBeforeIsDone();
    expect((await workloads.read('Deployment', where)).metadata.generation).toBe(2);
    await agent.program.kill('SIGKILL');
    await kube.putSecret({ ...where, name: 's' }, { key: 'third' });
    await agent.program.restart();
    await untilVariable(where, S, { than: second });
    await sentinels.everythingBeforeIsDone();
    expect((await workloads.read('Deployment', where)).metadata.generation).toBe(3);
  });
});
