import { PatchStrategy, setHeaderOptions, type V1Deployment } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { AUTO } from './agent-case-rows';
import { Sentinels } from './sentinels';

const REVISION = 'fleet-reloader.io/revision';
const VARIABLE = 'STAKATER_DB_SECRET';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const MINUTES = 60_000;
const STRATEGIES = ['annotations', 'env-vars'] as const;
type Strategy = (typeof STRATEGIES)[number];

let cluster: Cluster;
let kube: KubeClient;
let sentinels: Sentinels;
/** The sentinels belong to the first one; the other has its namespaces by name. */
const agents = new Map<Strategy, Agent>();
const OTHERS = ['server-side', 'forced', 'three-way', 'stripped'].map((name) => `${name}-env-vars`);

beforeAll(async () => {
  cluster = await startCluster('agent-gitops');
  kube = new KubeClient(cluster);
  sentinels = new Sentinels(kube);
  await sentinels.prepare();
  for (const namespace of OTHERS) await kube.ensureNamespace(namespace);
  const { kubeconfigPath } = cluster;
  const env = { AGENT_NAMESPACE: 'other-agent' };
  const there = ['--reload-strategy=env-vars', '--coalesce=200ms', `--namespaces=${OTHERS.join(',')}`];
  const here = ['--coalesce=200ms', `--namespaces-to-ignore=${OTHERS.join(',')}`];
  agents.set('annotations', await startAgent({ kubeconfigPath, args: here }));
  agents.set('env-vars', await startAgent({ kubeconfigPath, env, args: there }));
}, 3 * MINUTES);

afterAll(async () => {
  for (const agent of agents.values()) await agent.program.stop();
  await cluster?.stop();
}, MINUTES);

/** What stands in Git. */
function manifest({ namespace, name }: Name, image = 'registry.example/app:1'): V1Deployment {
  const containers = [
    { name: 'main', image, env: [{ name: 'OWN', value: '1' }], envFrom: [{ secretRef: { name: 'db' } }] },
  ];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, annotations: AUTO },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name }, annotations: { team: 'shop' } }, spec: { containers } },
    },
  };
}

type Apply = (where: Name, image?: string) => Promise<unknown>;

/** As Flux and Argo CD do it. */
const applyOnServer =
  (force: boolean): Apply =>
  (where, image) =>
    kube.apps.patchNamespacedDeployment(
      { ...where, body: manifest(where, image), fieldManager: 'gitops', force },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );

/** As kubectl does it: what the last applied manifest has and this one has not goes, nothing else. */
const applyThreeWay: Apply = async (where, image) => {
  const body = manifest(where, image);
  const annotations = { ...body.metadata?.annotations, [LAST_APPLIED]: JSON.stringify(body) };
  const applied = { ...body, metadata: { ...body.metadata, annotations } };
  const options = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
  try {
    return await kube.apps.createNamespacedDeployment({ namespace: where.namespace, body: applied });
  } catch {
    return kube.apps.patchNamespacedDeployment(
      { ...where, body: applied, fieldManager: 'kubectl-client-side-apply' },
      options,
    );
  }
};

async function applied(namespace: string, apply: Apply): Promise<Name> {
  const where = { namespace, name: 'app' };
  await kube.ensureNamespace(namespace);
  await kube.putSecret({ namespace, name: 'db' }, { password: 'first' });
  await apply(where);
  await kube.untilRolledOut('Deployment', where);
  await isKnown(where);
  return where;
}

/** The baseline is recorded: whatever changes from now on is a change. */
const isKnown = ({ namespace }: Name): Promise<unknown> =>
  waitFor(`${namespace} to be recorded`, async () => {
    const state = ['fleet-reloader', 'other-agent'].map((one) => kube.core.listNamespacedConfigMap({ namespace: one }));
    return JSON.stringify(await Promise.all(state)).includes(`Deployment/${namespace}/app`);
  });

async function restarted(where: Name, than: string | undefined): Promise<string> {
  const revision = await waitFor(`${where.namespace} to restart`, async () => {
    const found = (await kube.podAnnotations('Deployment', where))[REVISION];
    return found !== than && found;
  });
  await kube.untilRolledOut('Deployment', where);
  return revision;
}

const variable = async (where: Name): Promise<string | undefined> => {
  const { spec } = await kube.apps.readNamespacedDeployment(where);
  return spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === VARIABLE)?.value;
};

const templates = async (where: Name): Promise<number> => (await kube.replicaSets(where)).length;

/** Each agent has looked at everything by now: theirs are the same sources, one after another. */
async function everythingIsDone(): Promise<void> {
  await sentinels.everythingBeforeIsDone();
  await sentinels.everythingBeforeIsDone();
}

const WAYS: readonly (readonly [name: string, apply: Apply])[] = [
  ['server-side', applyOnServer(false)],
  ['forced', applyOnServer(true)],
  ['three-way', applyThreeWay],
];
const CASES = WAYS.flatMap(([name, apply]) => STRATEGIES.map((strategy) => [name, strategy, apply] as const));

describe('beside a tool that applies what stands in Git', () => {
  it.each(CASES)(
    '%s, %s: neither undoes a restart nor asks for a second one',
    async (name, strategy, apply) => {
      const where = await applied(`${name}-${strategy}`, apply);
      await kube.putSecret({ ...where, name: 'db' }, { password: 'second' });
      const revision = await restarted(where, undefined);
      const value = await variable(where);
      expect(value !== undefined).toBe(strategy === 'env-vars');
      for (let sync = 0; sync < 5; sync += 1) await apply(where);
      await everythingIsDone();
      expect(await templates(where)).toBe(2);
      expect(await kube.podAnnotations('Deployment', where)).toMatchObject({ [REVISION]: revision, team: 'shop' });
      expect(await variable(where)).toBe(value);
      await apply(where, 'registry.example/app:2');
      await kube.untilRolledOut('Deployment', where);
      await everythingIsDone();
      expect(await templates(where)).toBe(3);
      expect(await kube.podAnnotations('Deployment', where)).toMatchObject({ [REVISION]: revision });
      await kube.putSecret({ ...where, name: 'db' }, { password: 'third' });
      await restarted(where, revision);
      expect(await templates(where)).toBe(4);
    },
    MINUTES,
  );

  it.each(STRATEGIES)(
    'a tool that strips what a restart left, sixty times over, causes no restart (%s)',
    async (strategy) => {
      const where = await applied(`stripped-${strategy}`, applyOnServer(false));
      await kube.putSecret({ ...where, name: 'db' }, { password: 'second' });
      await restarted(where, undefined);
      for (let minute = 0; minute < 60; minute += 1) await strip(where, minute);
      await kube.untilRolledOut('Deployment', where);
      await everythingIsDone();
      // The first template, the restart's, and the stripped one, which is the first again.
      expect(await templates(where)).toBe(2);
      const { metadata } = await kube.apps.readNamespacedDeployment(where);
      expect(metadata?.generation).toBe(3);
      await kube.putSecret({ ...where, name: 'db' }, { password: 'third' });
      await restarted(where, undefined);
      expect(await templates(where)).toBe(3);
    },
    MINUTES,
  );
});

/** Writes the object as it stands in Git over the one in the cluster, and touches it in any case. */
async function strip(where: Name, minute: number): Promise<void> {
  const live = await kube.apps.readNamespacedDeployment(where);
  const metadata = { ...live.metadata, labels: { minute: String(minute) } };
  const body = { ...manifest(where), metadata };
  delete metadata.managedFields;
  await kube.apps
    .replaceNamespacedDeployment({ ...where, body, fieldManager: 'stripper' })
    .catch(() => strip(where, minute));
}
