import { randomUUID } from 'node:crypto';
import type { V1DaemonSet, V1Deployment, V1StatefulSet } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import type { ReloadCase } from './agent-case-rows';
import { RELOAD_CASES } from './agent-cases';

const REVISION = 'fleet-reloader.io/revision';
const MARKS = [REVISION, 'fleet-reloader.io/rollout', 'reloader.stakater.com/last-reloaded-from'];
/** Of the people whose workloads these are. */
const OWN = { 'example.com/team': 'shop' };
const CANARY = 'canary-4711-value-that-must-not-leave';
const MINUTES = 60_000;
/** Restart on a change of nothing but `db`, of one kind each. */
const SENTINELS = {
  Secret: { namespace: 'sentinel-secret', name: 'app' },
  ConfigMap: { namespace: 'sentinel-config', name: 'app' },
};

let cluster: Cluster;
let kube: KubeClient;
let agent: Agent;
/** Every workload before the agent was installed. */
const before = new Map<ReloadCase, Workload>();

type Workload = Awaited<ReturnType<KubeClient['read']>>;
const generationBefore = (one: ReloadCase): number => before.get(one)?.metadata?.generation ?? 0;
const whereIs = (one: ReloadCase): Name => ({ namespace: `case-${RELOAD_CASES.indexOf(one)}`, name: 'app' });
const generationOf = async (one: ReloadCase): Promise<number> =>
  (await kube.read(one.kind, whereIs(one))).metadata?.generation ?? 0;

beforeAll(async () => {
  cluster = await startCluster('agent-standalone');
  kube = new KubeClient(cluster);
  await inTurns(RELOAD_CASES, prepare);
  await prepareSentinels();
  for (const one of RELOAD_CASES) before.set(one, await kube.read(one.kind, whereIs(one)));
  agent = await startAgent({ kubeconfigPath: cluster.kubeconfigPath });
}, 4 * MINUTES);

afterAll(async () => {
  await agent?.program.stop();
  await cluster?.stop();
}, MINUTES);

/** What was asked for, but for what a restart leaves in the pod template. */
function withoutMarks({ spec }: Workload): object {
  const { metadata, ...template } = { ...spec?.template };
  const annotations = Object.entries({ ...metadata?.annotations }).filter(([key]) => !MARKS.includes(key));
  expect(annotations).toEqual(Object.entries(OWN));
  return { ...spec, template: { ...template, labels: metadata?.labels } };
}

/** The sources and the workload of one case, its pods running. */
async function prepare(one: ReloadCase): Promise<void> {
  const where = whereIs(one);
  const { namespace } = where;
  await kube.ensureNamespace(namespace);
  for (const name of ['cm', 'cm2']) await kube.putConfigMap({ namespace, name }, { key: 'first' });
  for (const name of ['s', 's2']) await kube.putSecret({ namespace, name }, { key: 'first' });
  await create(one, where);
  await kube.untilRolledOut(one.kind, where, MINUTES);
}

function create({ kind, annotations, podSpec }: ReloadCase, { namespace, name }: Name): Promise<unknown> {
  const labels = { app: name };
  const template = { metadata: { labels, annotations: { ...OWN } }, spec: podSpec };
  const spec = { selector: { matchLabels: labels }, template };
  const metadata = { name, namespace, annotations: { ...annotations } };
  switch (kind) {
    case 'Deployment':
      return kube.apps.createNamespacedDeployment({ namespace, body: { metadata, spec } as V1Deployment });
    case 'StatefulSet':
      return kube.apps.createNamespacedStatefulSet({
        namespace,
        body: { metadata, spec: { ...spec, serviceName: name } } as V1StatefulSet,
      });
    case 'DaemonSet':
      return kube.apps.createNamespacedDaemonSet({ namespace, body: { metadata, spec } as V1DaemonSet });
  }
}

async function prepareDeployment(where: Name): Promise<void> {
  await kube.ensureNamespace(where.namespace);
  await kube.putSecret({ ...where, name: 'db' }, { password: 'first' });
  await kube.createDeployment(where, { envSecrets: ['db'], annotations: { 'reloader.stakater.com/auto': 'true' } });
  await kube.untilRolledOut('Deployment', where, MINUTES);
}

/** Resolves when the Deployment carries another revision than this, and its pods run. */
async function untilRestarted(where: Name, than: string | undefined): Promise<string> {
  const revision = await waitFor(`${where.namespace} to restart`, async () => {
    const found = (await kube.podAnnotations('Deployment', where))[REVISION];
    return found !== than && found;
  });
  await kube.untilRolledOut('Deployment', where);
  return revision;
}

async function prepareSentinels(): Promise<void> {
  await prepareDeployment(SENTINELS.Secret);
  const where = SENTINELS.ConfigMap;
  await kube.ensureNamespace(where.namespace);
  await kube.putConfigMap({ ...where, name: 'db' }, { at: 'first' });
  await kube.createDeployment(where, { envConfigMaps: ['db'], annotations: { 'reloader.stakater.com/auto': 'true' } });
  await kube.untilRolledOut('Deployment', where, MINUTES);
}

/**
 * Everything that happened before this call has been acted on when it resolves: each kind of source tells its
 * changes in order, and every change waits for one window of the same length.
 */
async function everythingBeforeIsDone(): Promise<void> {
  const restarts = Object.values(SENTINELS).map(async (where) => {
    const than = (await kube.podAnnotations('Deployment', where))[REVISION];
    return () => untilRestarted(where, than);
  });
  const waits = await Promise.all(restarts);
  await kube.putConfigMap({ ...SENTINELS.ConfigMap, name: 'db' }, { at: randomUUID() });
  await kube.putSecret({ ...SENTINELS.Secret, name: 'db' }, { at: randomUUID() });
  await Promise.all(waits.map((wait) => wait()));
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${agent.opsUrl}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(name))
      ?.split(' ')
      .at(-1) ?? 0,
  );
};

describe('an agent without a hub', () => {
  it(
    'protocol 15: restarts nothing when it is installed',
    async () => {
      await everythingBeforeIsDone();
      const now = await Promise.all(RELOAD_CASES.map(generationOf));
      expect(now).toEqual(RELOAD_CASES.map(generationBefore));
    },
    MINUTES,
  );

  describe('acceptance', () => {
    let unchanged = 0;

    beforeAll(async () => {
      unchanged = await metric('fleet_reloader_agent_skipped_total{reason="no_data_change"}');
      await inTurns(RELOAD_CASES, (one) => one.trigger(kube, whereIs(one).namespace));
      await everythingBeforeIsDone();
    }, 2 * MINUTES);

    it.each(RELOAD_CASES.map((one) => [one.title, one] as const))(
      '%s',
      async (_title, one) => {
        if (one.rolls) await kube.untilRolledOut(one.kind, whereIs(one));
        const restarts = (await generationOf(one)) - generationBefore(one);
        expect(restarts).toBe(one.rolls ? 1 : 0);
        const carriesRevision = REVISION in (await kube.podAnnotations(one.kind, whereIs(one)));
        expect(carriesRevision).toBe(one.rolls);
      },
      MINUTES,
    );

    it('agent 97: leaves all but its own annotations of the pod template as it was', async () => {
      for (const one of RELOAD_CASES) {
        const now = await kube.read(one.kind, whereIs(one));
        expect([one.title, withoutMarks(now)]).toEqual([one.title, withoutMarks(before.get(one) as Workload)]);
        expect(now.metadata?.annotations ?? {}).toMatchObject(one.annotations);
      }
    });

    it('agent 12: counts what was written without new data', async () => {
      expect(await metric('fleet_reloader_agent_skipped_total{reason="no_data_change"}')).toBeGreaterThan(unchanged);
    });
  });

  it(
    'agent 10, protocol 9: each new content is one restart, an older one too',
    async () => {
      const where = { namespace: 'again', name: 'app' };
      await prepareDeployment(where);
      await everythingBeforeIsDone();
      const seen: string[] = [];
      for (const password of ['second', 'third', 'second']) {
        await kube.putSecret({ ...where, name: 'db' }, { password });
        seen.push(await untilRestarted(where, seen.at(-1)));
      }
      expect(seen[0]).toBe(seen[2]);
      expect(seen[0]).not.toBe(seen[1]);
      expect((await kube.read('Deployment', where)).metadata?.generation).toBe(4);
    },
    MINUTES,
  );

  it('agent 98: tells each restart by an Event on the workload', async () => {
    const one = RELOAD_CASES[0] as ReloadCase;
    const { namespace } = whereIs(one);
    const event = await waitFor('the Event', async () => {
      const { items } = await kube.core.listNamespacedEvent({ namespace });
      return items.find(({ reason }) => reason === 'Reloaded');
    });
    expect(event).toMatchObject({ type: 'Normal', involvedObject: { kind: 'Deployment', name: 'app' } });
    expect(event.message).toBe(
      `Changes detected in 'cm' of type 'CONFIGMAP' in namespace '${namespace}', ` +
        `Updated 'app' of type 'Deployment' in namespace '${namespace}'`,
    );
  });

  it(
    'a restart by someone else after the change is enough',
    async () => {
      const where = { namespace: 'by-hand', name: 'app' };
      await prepareDeployment(where);
      await everythingBeforeIsDone();
      await kube.putSecret({ ...where, name: 'db' }, { password: 'second' });
      const deployment = await kube.apps.readNamespacedDeployment({ ...where });
      const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
      const template = deployment.spec?.template;
      if (template) template.metadata = { ...template.metadata, annotations };
      await kube.apps.replaceNamespacedDeployment({ ...where, body: deployment });
      await everythingBeforeIsDone();
      expect(await kube.replicaSets(where)).toHaveLength(2);
    },
    MINUTES,
  );

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'agent 158: carries out after %s what changed meanwhile, once',
    async (signal) => {
      const where = { namespace: `down-${signal.toLowerCase()}`, name: 'app' };
      await prepareDeployment(where);
      await everythingBeforeIsDone();
      await agent.program.kill(signal);
      await kube.putSecret({ ...where, name: 'db' }, { password: 'second' });
      agent.program.start();
      await agent.program.ready();
      await untilRestarted(where, undefined);
      await everythingBeforeIsDone();
      expect(await kube.replicaSets(where)).toHaveLength(2);
    },
    MINUTES,
  );

  it(
    'protocol 4: killed right after its PATCH, before it has recorded anything, does not repeat it',
    async () => {
      const where = { namespace: 'killed-after-patch', name: 'app' };
      await prepareDeployment(where);
      await everythingBeforeIsDone();
      await kube.putSecret({ ...where, name: 'db' }, { password: 'second' });
      await waitFor('the PATCH', async () => REVISION in (await kube.podAnnotations('Deployment', where)), {
        intervalMs: 5,
      });
      await agent.program.kill('SIGKILL');
      await agent.program.restart();
      await everythingBeforeIsDone();
      expect(await kube.replicaSets(where)).toHaveLength(2);
    },
    MINUTES,
  );

  it(
    'lets no value out: not into its log, its metrics or its state',
    async () => {
      const where = { namespace: 'canary', name: 'app' };
      await prepareDeployment(where);
      await everythingBeforeIsDone();
      await kube.putSecret({ ...where, name: 'db' }, { password: CANARY });
      await untilRestarted(where, undefined);
      const { items } = await kube.core.listNamespacedConfigMap({ namespace: 'fleet-reloader' });
      const metrics = await (await fetch(`${agent.opsUrl}/metrics`)).text();
      const said = agent.program.logs() + metrics + JSON.stringify(items);
      expect(items.length).toBeGreaterThan(0);
      expect(said).not.toContain(CANARY);
      expect(said).not.toContain(Buffer.from(CANARY).toString('base64'));
    },
    MINUTES,
  );
});
