import type { V1PodSpec } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { CustomKinds, DEPLOYMENT_CONFIG, ROLLOUT } from '@test/custom-kinds';
import { make } from '@test/helm/dry-run';
import { chartOf, one, type Rendered, template } from '@test/helm/helm';
import { type InstalledAgent, startInstalled } from '@test/helm/installed-agent';
import { KubeClient, type Name } from '@test/kube';
import { waitFor } from '@test/wait';
import { type Place, type Scene, VALUES_ROWS, type ValuesRow } from './agent-values-rows';
import { templateOf, Workloads } from './any-workload';

const MARKER = 'reloader.stakater.com/last-reloaded-from';
const INSTANTIATED = 'cronjob.kubernetes.io/instantiate';
const PLACES: readonly Place[] = ['own', 'a', 'b'];
const NEEDED = /^(ServiceAccount|(Cluster)?Role(Binding)?|Deployment)$/;
const MINUTES = 60_000;

let cluster: Cluster;
let kube: KubeClient;
let workloads: Workloads;

beforeAll(async () => {
  cluster = await startCluster('agent-values', { bare: true });
  kube = new KubeClient(cluster);
  const custom = new CustomKinds(cluster);
  for (const kind of [ROLLOUT, DEPLOYMENT_CONFIG]) await custom.serve(kind);
  workloads = new Workloads(kube, custom);
}, 2 * MINUTES);
afterAll(() => cluster?.stop(), MINUTES);

const releaseOf = (row: ValuesRow): string => `old-${VALUES_ROWS.indexOf(row)}`;
const ownOf = (row: ValuesRow): string => `${releaseOf(row)}-own`;
const whereIs = (row: ValuesRow, scene: Scene): Name => {
  const at = row.scenes.indexOf(scene);
  return {
    namespace: scene.place === 'own' ? ownOf(row) : `${releaseOf(row)}-${scene.place}-${at}`,
    name: `app-${at}`,
  };
};
const namespacesOf = (row: ValuesRow, place: Place): readonly string[] => {
  const named = row.scenes.filter((scene) => scene.place === place).map((scene) => whereIs(row, scene).namespace);
  return [...new Set(place === 'own' ? [ownOf(row), ...named] : named)];
};

async function prepare(row: ValuesRow): Promise<void> {
  for (const place of PLACES)
    for (const name of namespacesOf(row, place))
      await kube.core.createNamespace({ body: { metadata: { name, labels: { ...row.labels?.[place] } } } });
}

/** The objects of an installation with these values that a pod of it needs. */
async function install(row: ValuesRow): Promise<readonly Rendered[]> {
  const [namespace, release] = [ownOf(row), releaseOf(row)];
  const values = { reloader: row.values((place) => namespacesOf(row, place)), reload: { coalesce: '200ms' } };
  const objects = await template(chartOf('agent'), { values, namespace }, release);
  const needed = objects.filter(({ kind }) => NEEDED.test(kind));
  for (const object of needed) await make(cluster, object, namespace);
  return needed;
}

async function createSources(namespace: string): Promise<void> {
  for (const name of ['cm', 'cm2']) await kube.putConfigMap({ namespace, name }, { key: 'first' });
  await kube.putSecret({ namespace, name: 's' }, { key: 'first' });
}

async function create(where: Name, { kind, annotations, pod: podSpec }: Scene): Promise<void> {
  const { namespace, name } = where;
  const metadata = { name, annotations: { ...annotations } };
  if (kind === 'Job') {
    await kube.batch.createNamespacedJob({ namespace, body: { metadata, spec: jobOf(podSpec) } });
  } else if (kind === 'CronJob') {
    const spec = { schedule: '0 0 31 2 *', jobTemplate: { spec: jobOf(podSpec) } };
    await kube.batch.createNamespacedCronJob({ namespace, body: { metadata, spec } });
  } else {
    await workloads.create(kind, where, { annotations, podSpec });
  }
}

const jobOf = (spec: V1PodSpec): { template: { spec: V1PodSpec } } => ({
  template: { spec: { ...spec, restartPolicy: 'Never' } },
});

/** That a workload is known stands in the state before what follows it. */
async function untilKnown(row: ValuesRow, { namespace, name }: Name): Promise<void> {
  await waitFor(`${namespace}/${name} to be known`, async () => {
    const { items } = await kube.core.listNamespacedConfigMap({ namespace: ownOf(row) });
    return items.some(({ data = {} }) => JSON.stringify(data).includes(`/${namespace}/${name}`));
  });
}

/** How often it was restarted, as whoever comes from Reloader looks for it. */
async function restartsOf(where: Name, { kind }: Scene): Promise<number> {
  const { namespace, name } = where;
  if (kind === 'Job' || kind === 'CronJob') {
    const { items } = await kube.batch.listNamespacedJob({ namespace });
    const isAgain = kind === 'Job' ? isMadeAgain(name) : isMadeOf(name);
    return items.filter(isAgain).length;
  }
  const workload = await workloads.read(kind, where);
  const { metadata, spec } = templateOf(workload);
  const variables = spec.containers.flatMap(({ env = [] }) => env).filter((one) => one.name.startsWith('STAKATER_'));
  const isMarked = MARKER in (metadata?.annotations ?? {}) || variables.length > 0 || 'restartAt' in workload.spec;
  return isMarked ? workload.metadata.generation - 1 : 0;
}

type Job = Awaited<ReturnType<KubeClient['batch']['listNamespacedJob']>>['items'][number];
const isMadeOf =
  (cronJob: string) =>
  ({ metadata }: Job): boolean =>
    INSTANTIATED in (metadata?.annotations ?? {}) &&
    (metadata?.ownerReferences ?? []).some(({ kind, name }) => kind === 'CronJob' && name === cronJob);
const isMadeAgain =
  (job: string) =>
  ({ metadata, spec }: Job): boolean =>
    metadata?.name === job && MARKER in (spec?.template.metadata?.annotations ?? {});

/** Everything is made while the agent runs, and changes as soon as it is there: nobody waits for a restart. */
async function play(row: ValuesRow): Promise<void> {
  for (const place of PLACES) await Promise.all(namespacesOf(row, place).map(createSources));
  await Promise.all(
    row.scenes.map(async (scene) => {
      const where = whereIs(row, scene);
      await create(where, scene);
      if (scene.known) await untilKnown(row, where);
    }),
  );
  // Who stays goes first, so that what does not follow had the time in which the others did.
  for (const rolls of [false, true])
    await Promise.all(
      row.scenes
        .filter((scene) => scene.rolls === rolls)
        .map((scene) => scene.trigger(kube, whereIs(row, scene).namespace)),
    );
  for (const scene of row.scenes.filter(({ rolls }) => rolls))
    await waitFor(`"${scene.title}" to restart`, async () => (await restartsOf(whereIs(row, scene), scene)) > 0);
}

describe('what values of Reloader’s chart make of the agent', () => {
  let agent: InstalledAgent | undefined;
  afterEach(() => agent?.stop());

  it.each(VALUES_ROWS.map((row) => [row.title, row] as const))('%s', async (_title, row) => {
    await prepare(row);
    const [name, namespace] = [`${releaseOf(row)}-reloader`, ownOf(row)];
    expect(one(await install(row), 'Deployment')).toMatchObject({
      metadata: { name },
      spec: { template: { metadata: { labels: { app: name } } } },
    });
    agent = await startInstalled({ cluster, kube }, { namespace, name });
    await agent.program.ready();
    await play(row);
    // It ends with the writes under way, so nothing is to come.
    await agent.stop();
    for (const scene of row.scenes)
      expect([scene.title, await restartsOf(whereIs(row, scene), scene)]).toEqual([scene.title, Number(scene.rolls)]);
    expect(agent.program.logs()).not.toMatch(/forbidden/i);
  });
});
