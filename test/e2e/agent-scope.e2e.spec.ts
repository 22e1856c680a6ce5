import { randomUUID } from 'node:crypto';
import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';

const REVISION = 'fleet-reloader.io/revision';
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const LABELLED = { reload: 'true' };
const MINUTES = 60_000;
jest.setTimeout(MINUTES);
const STATE = 'agent-state';

let cluster: Cluster;
let kube: KubeClient;
let agent: Agent | undefined;

beforeAll(async () => {
  cluster = await startCluster('agent-scope', { bare: true });
  kube = new KubeClient(cluster);
}, 2 * MINUTES);

afterEach(async () => {
  await agent?.program.stop();
  agent = undefined;
});

afterAll(() => cluster.stop(), MINUTES);

/** A namespace with a Secret, a ConfigMap, a labelled ConfigMap, and a Deployment on each of them. */
async function scene(labels: Readonly<Record<string, string>> = {}): Promise<string> {
  const namespace = `ns-${randomUUID().slice(0, 8)}`;
  await kube.core.createNamespace({ body: { metadata: { name: namespace, labels } } });
  await kube.putSecret({ namespace, name: 's' }, { key: 'first' });
  await kube.putConfigMap({ namespace, name: 'cm' }, { key: 'first' });
  await putLabelled(namespace, 'first');
  await kube.createDeployment({ namespace, name: 'on-s' }, { envSecrets: ['s'], annotations: AUTO });
  await kube.createDeployment({ namespace, name: 'on-cm' }, { envConfigMaps: ['cm'], annotations: AUTO });
  await kube.createDeployment({ namespace, name: 'on-labelled' }, { envConfigMaps: ['labelled'], annotations: AUTO });
  return namespace;
}

async function putLabelled(namespace: string, value: string): Promise<void> {
  const body = { metadata: { name: 'labelled', namespace, labels: LABELLED }, data: { key: value } };
  const name = 'labelled';
  if (value === 'first') await kube.core.createNamespacedConfigMap({ namespace, body });
  else await kube.core.replaceNamespacedConfigMap({ namespace, name, body });
}

/** An agent of its own state: it has seen none of this before. */
async function begin(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<void> {
  const state = `${STATE}-${randomUUID().slice(0, 8)}`;
  agent = await startAgent({
    kubeconfigPath: cluster.kubeconfigPath,
    env: { AGENT_NAMESPACE: state, ...env },
    args: ['--coalesce=50ms', ...args],
  });
}

async function change(namespace: string): Promise<void> {
  await kube.putSecret({ namespace, name: 's' }, { key: randomUUID() });
  await kube.putConfigMap({ namespace, name: 'cm' }, { key: randomUUID() });
  await putLabelled(namespace, randomUUID());
}

/** How often each Deployment of the namespace was restarted: its generation tells, for nobody else writes to it. */
async function restarts(namespace: string): Promise<Record<string, number>> {
  const { items } = await kube.apps.listNamespacedDeployment({ namespace });
  return Object.fromEntries(items.map(({ metadata }) => [metadata?.name, (metadata?.generation ?? 1) - 1]));
}

const isRestarted = async (namespace: string, name: string): Promise<boolean> =>
  REVISION in (await kube.podAnnotations('Deployment', { namespace, name }));

const ALL = { 'on-s': 1, 'on-cm': 1, 'on-labelled': 1 };
const NONE = { 'on-s': 0, 'on-cm': 0, 'on-labelled': 0 };

/** Changes what is out of scope first, then what is in it: watches tell their changes in order. */
async function changeAndCompare(outside: string, inside: string, expected = ALL): Promise<void> {
  await change(outside);
  await change(inside);
  for (const [name, count] of Object.entries(expected))
    if (count > 0) await waitFor(`${name} to restart`, () => isRestarted(inside, name));
  expect(await restarts(inside)).toEqual(expected);
  expect(await restarts(outside)).toEqual(NONE);
}

async function relabel(name: string, labels: Readonly<Record<string, string | null>>): Promise<void> {
  const options = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  await kube.core.patchNamespace({ name, body: { metadata: { labels } } }, options);
}

describe('the scope of an agent', () => {
  it('agent 131, 132, 144: leaves ignored namespaces alone, and no other', async () => {
    const [outside, inside] = [await scene(), await scene()];
    await begin({}, `--namespaces-to-ignore=${outside},kube-system`);
    await changeAndCompare(outside, inside);
  });

  it('agent 139, 140: is its own namespace when KUBERNETES_NAMESPACE says so', async () => {
    const [outside, inside] = [await scene(), await scene()];
    await begin({ KUBERNETES_NAMESPACE: inside });
    await changeAndCompare(outside, inside);
  });

  it('agent 141, 143, 145: is the listed namespaces, whatever KUBERNETES_NAMESPACE says', async () => {
    const [outside, inside, other] = [await scene(), await scene(), await scene()];
    await begin({ KUBERNETES_NAMESPACE: outside }, `--namespaces=${other}`, `--namespaces=${inside}`);
    await changeAndCompare(outside, inside);
    await changeAndCompare(outside, other);
  });

  it('agent 136, 137: is sources with a label', async () => {
    const [outside, inside] = [await scene(), await scene()];
    await begin({}, '--resource-label-selector="reload=true"', `--namespaces-to-ignore=${outside}`);
    await changeAndCompare(outside, inside, { 'on-s': 0, 'on-cm': 0, 'on-labelled': 1 });
  });

  it('agent 121, 122: is not Secrets when these are ignored', async () => {
    const [outside, inside] = [await scene(), await scene()];
    await begin({}, '--resources-to-ignore=secrets', `--namespaces-to-ignore=${outside}`);
    await changeAndCompare(outside, inside, { 'on-s': 0, 'on-cm': 1, 'on-labelled': 1 });
  });

  it('agent 123, 124: is not ConfigMaps when these are ignored', async () => {
    const [outside, inside] = [await scene(), await scene()];
    await begin({}, '--resources-to-ignore=configmaps', `--namespaces-to-ignore=${outside}`);
    await changeAndCompare(outside, inside, { 'on-s': 1, 'on-cm': 0, 'on-labelled': 0 });
  });

  it('agent 133, 134: is the namespaces with a label, also those made later', async () => {
    const [outside, inside] = [await scene({ env: 'prod' }), await scene({ env: 'test' })];
    await begin({}, '--namespace-selector="env=test"');
    await changeAndCompare(outside, inside);
    const later = await scene({ env: 'test' });
    // Restarted or not yet looked at: which of them it was at the change does not matter, so it is changed until it is.
    await waitFor('a namespace made later to be watched', async () => {
      await change(later);
      return isRestarted(later, 'on-s');
    });
    expect(await restarts(outside)).toEqual(NONE);
  });

  it('agent 135: follows the labels of a namespace while it runs', async () => {
    const [moving, inside] = [await scene({ env: 'prod' }), await scene({ env: 'test' })];
    await begin({}, '--namespace-selector=env=test');
    await changeAndCompare(moving, inside);

    await relabel(moving, { env: 'test' });
    await untilInScope(moving, true);
    await expectNoRestart(moving, inside, 0);
    await change(moving);
    for (const name of Object.keys(ALL)) await waitFor(`${name} to restart`, () => isRestarted(moving, name));
    expect(await restarts(moving)).toEqual(ALL);

    await relabel(moving, { env: null });
    await untilInScope(moving, false);
    await change(moving);
    await expectNoRestart(moving, inside, 1);
  });
});

/** The state tells which workloads the agent knows. */
async function untilInScope(namespace: string, isIn: boolean): Promise<void> {
  await waitFor(`${namespace} to be ${isIn ? 'in' : 'out of'} scope`, async () => {
    const { items } = await kube.core.listConfigMapForAllNamespaces({ labelSelector: 'fleet-reloader.io/part=state' });
    const known = items.some(({ data }) => JSON.stringify(data ?? {}).includes(`/${namespace}/`));
    return known === isIn;
  });
}

/** Everything that happened before this call has been acted on by the time another namespace restarts. */
async function expectNoRestart(namespace: string, sentinel: string, before: number): Promise<void> {
  const [was] = Object.values(await restarts(sentinel));
  await change(sentinel);
  await waitFor('the sentinel to restart', async () =>
    Object.values(await restarts(sentinel)).every((count) => count > (was ?? 0)),
  );
  expect(Object.values(await restarts(namespace))).toEqual([before, before, before]);
}
