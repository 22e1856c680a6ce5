import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { type CustomKind, CustomKinds, type CustomObject, DEPLOYMENT_CONFIG, ROLLOUT } from '@test/custom-kinds';
import { KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { changeConfigMap, fromConfigMap, pod } from './agent-case-parts';
import { AUTO, namesConfigMap } from './agent-case-rows';
import { CUSTOM_ROWS, type CustomRow, STRATEGY } from './agent-custom-rows';
import { Sentinels } from './sentinels';

const REVISION = 'fleet-reloader.io/revision';
const MARKER = 'reloader.stakater.com/last-reloaded-from';
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const MINUTES = 60_000;
/** Who looks after it is an agent that was not asked to restart Argo Rollouts. */
const WITHOUT_ARGO = 'without-argo';

let cluster: Cluster;
let kube: KubeClient;
let custom: CustomKinds;
let sentinels: Sentinels;
let agent: Agent;
const others: Agent[] = [];

const whereIs = (row: CustomRow): Name => ({ namespace: `custom-${CUSTOM_ROWS.indexOf(row)}`, name: 'app' });

beforeAll(async () => {
  cluster = await startCluster('agent-custom-kinds', { bare: true });
  kube = new KubeClient(cluster);
  custom = new CustomKinds(cluster);
  sentinels = new Sentinels(kube);
  await sentinels.prepare();
  const { kubeconfigPath } = cluster;
  const elsewhere = `--namespaces-to-ignore=${WITHOUT_ARGO}`;
  agent = await startAgent({
    kubeconfigPath,
    args: ['--is-Argo-Rollouts=true', '--discovery-interval=300ms', elsewhere],
  });
}, 3 * MINUTES);

afterAll(async () => {
  for (const one of [agent, ...others]) await one?.program.stop();
  await cluster?.stop();
}, MINUTES);

async function prepare({ namespace }: Name): Promise<void> {
  await kube.ensureNamespace(namespace);
  for (const name of ['cm', 'cm2']) await kube.putConfigMap({ namespace, name }, { key: 'first' });
  for (const name of ['s', 's2']) await kube.putSecret({ namespace, name }, { key: 'first' });
}

type Shape = Pick<CustomRow, 'annotations' | 'pod'> & Readonly<{ template?: Record<string, string>; spec?: object }>;

function create(kind: CustomKind, where: Name, shape: Shape): Promise<CustomObject> {
  const labels = { app: where.name };
  const selector = kind === DEPLOYMENT_CONFIG ? labels : { matchLabels: labels };
  const template = { metadata: { labels, annotations: shape.template ?? {} }, spec: shape.pod };
  const spec = { replicas: 1, selector, template, ...shape.spec };
  return custom.create(kind, where, { metadata: { annotations: shape.annotations }, spec });
}

type Template = Readonly<{ metadata?: { annotations?: Record<string, string> }; spec?: unknown }>;
const templateOf = ({ spec }: CustomObject): Template => (spec['template'] ?? {}) as Template;
const marksOf = (object: CustomObject): Record<string, string> => templateOf(object).metadata?.annotations ?? {};
const isReady = async (): Promise<boolean> => (await fetch(`${agent.opsUrl}/readyz`)).status === 200;
const said = (text: string): boolean => agent.program.logs().includes(text);

describe('kinds that the cluster comes to serve later', () => {
  it(
    'are watched without a restart of the agent, which stays ready',
    async () => {
      expect(await isReady()).toBe(true);
      for (const kind of [ROLLOUT, DEPLOYMENT_CONFIG]) await custom.serve(kind);
      for (const { kind } of [ROLLOUT, DEPLOYMENT_CONFIG]) {
        await waitFor(`${kind} to be watched`, async () => {
          expect(await isReady()).toBe(true);
          return (await (await fetch(`${agent.opsUrl}/readyz?verbose`)).text()).includes(`[+]watch ${kind} ok`);
        });
      }
      expect(agent.program.logs().match(/the cluster serves this kind now/g)).toHaveLength(2);
    },
    MINUTES,
  );
});

describe('restarts of custom kinds', () => {
  const before = new Map<CustomRow, CustomObject>();

  beforeAll(async () => {
    for (const row of CUSTOM_ROWS) await prepare(whereIs(row));
    for (const row of CUSTOM_ROWS) before.set(row, await create(row.kind, whereIs(row), row));
    await sentinels.everythingBeforeIsDone();
    for (const row of CUSTOM_ROWS) await row.trigger(kube, whereIs(row).namespace);
    await sentinels.everythingBeforeIsDone();
  }, 2 * MINUTES);

  it.each(CUSTOM_ROWS.map((row) => [row.title, row] as const))('%s', async (_title, row) => {
    const object = await custom.read(row.kind, whereIs(row));
    const old = before.get(row) as CustomObject;
    expect(object.metadata.generation).toBe(row.rolls ? 2 : 1);
    expect(templateOf(object).spec).toEqual(templateOf(old).spec);
    const marks = Object.keys(marksOf(object));
    expect([REVISION, MARKER].map((key) => marks.includes(key))).toEqual([row.rolls, row.rolls]);
    expect(object.metadata.annotations ?? {}).toEqual(row.annotations);
  });
});

describe('an Argo Rollout', () => {
  it(
    'agent 114: with the strategy restart gets another restartAt for each new content, its template stays',
    async () => {
      const where = { namespace: 'rollout-restart', name: 'app' };
      await prepare(where);
      const annotations = { ...AUTO, [STRATEGY]: 'restart' };
      const old = await create(ROLLOUT, where, { annotations, pod: pod(fromConfigMap()) });
      await sentinels.everythingBeforeIsDone();
      const seen: unknown[] = [];
      for (const key of ['second', 'first']) {
        await kube.putConfigMap({ ...where, name: 'cm' }, { key });
        const at = await waitFor('restartAt', async () => {
          const { spec } = await custom.read(ROLLOUT, where);
          return typeof spec['restartAt'] === 'string' && spec['restartAt'] !== seen.at(-1) && spec['restartAt'];
        });
        seen.push(at);
      }
      await sentinels.everythingBeforeIsDone();
      const object = await custom.read(ROLLOUT, where);
      expect(templateOf(object)).toEqual(templateOf(old));
      for (const at of seen) expect(at).toMatch(RFC3339);
      expect(object.metadata.generation).toBe(3);
      expect(object.metadata.annotations).toMatchObject(annotations);
    },
    MINUTES,
  );

  it(
    'that borrows its pod template is left alone',
    async () => {
      const where = { namespace: 'rollout-ref', name: 'app' };
      await prepare(where);
      const ref = { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' } };
      const spec = { replicas: 1, selector: { matchLabels: { app: 'app' } }, ...ref };
      const old = await custom.create(ROLLOUT, where, { metadata: { annotations: namesConfigMap('cm') }, spec });
      await sentinels.everythingBeforeIsDone();
      await changeConfigMap(kube, where.namespace);
      await sentinels.everythingBeforeIsDone();
      expect(await custom.read(ROLLOUT, where)).toEqual(old);
    },
    MINUTES,
  );

  it(
    'agent 116: is never touched unless that is switched on',
    async () => {
      const where = { namespace: WITHOUT_ARGO, name: 'app' };
      await prepare(where);
      const old = await create(ROLLOUT, where, { annotations: AUTO, pod: pod(fromConfigMap()) });
      await kube.createDeployment({ ...where, name: 'beside' }, { annotations: AUTO, envConfigMaps: ['cm'] });
      const env = { AGENT_NAMESPACE: WITHOUT_ARGO };
      const { kubeconfigPath } = cluster;
      others.push(await startAgent({ kubeconfigPath, env, args: [`--namespaces=${WITHOUT_ARGO}`] }));
      await changeConfigMap(kube, where.namespace);
      await waitFor('the Deployment beside it to restart', async () => {
        return REVISION in (await kube.podAnnotations('Deployment', { ...where, name: 'beside' }));
      });
      expect(await custom.read(ROLLOUT, where)).toEqual(old);
    },
    MINUTES,
  );

  it(
    'that changed while the agent was down restarts once',
    async () => {
      const where = { namespace: 'rollout-down', name: 'app' };
      await prepare(where);
      await create(ROLLOUT, where, { annotations: AUTO, pod: pod(fromConfigMap()) });
      await sentinels.everythingBeforeIsDone();
      await agent.program.kill('SIGKILL');
      await changeConfigMap(kube, where.namespace);
      agent.program.start();
      await agent.program.ready();
      await sentinels.everythingBeforeIsDone();
      await sentinels.everythingBeforeIsDone();
      expect((await custom.read(ROLLOUT, where)).metadata.generation).toBe(2);
    },
    MINUTES,
  );
});

describe('how a restart of a custom kind ends', () => {
  /** What Argo's controller says of the present generation. */
  const argo = async (where: Name, phase: string, message = ''): Promise<void> => {
    const { metadata } = await custom.read(ROLLOUT, where);
    const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    const observedGeneration = String(metadata.generation);
    await custom.putStatus(ROLLOUT, where, { ...counts, observedGeneration, phase, message });
  };

  const endOf = (where: Name): Promise<Record<string, unknown>> =>
    waitFor(`the restart of ${where.namespace} to end`, () =>
      agent.program
        .logLines()
        .find(({ msg, workload }) => msg === 'restart ended' && String(workload).includes(`/${where.namespace}/`)),
    );

  async function restarted(kind: CustomKind, where: Name): Promise<void> {
    await prepare(where);
    await create(kind, where, { annotations: AUTO, pod: pod(fromConfigMap()) });
    await sentinels.everythingBeforeIsDone();
    await changeConfigMap(kube, where.namespace);
    await waitFor('the restart', async () => REVISION in marksOf(await custom.read(kind, where)));
  }

  it(
    'of a Rollout that becomes healthy',
    async () => {
      const where = { namespace: 'argo-healthy', name: 'app' };
      await restarted(ROLLOUT, where);
      await argo(where, 'Progressing', 'more replicas need to be updated');
      await argo(where, 'Healthy');
      expect(await endOf(where)).toMatchObject({ outcome: 'APPLIED', reason: '' });
    },
    MINUTES,
  );

  it(
    'of a Rollout that its controller gives up, in its words',
    async () => {
      const where = { namespace: 'argo-degraded', name: 'app' };
      await restarted(ROLLOUT, where);
      await argo(where, 'Degraded', 'RolloutAborted: metric "errors" assessed Failed');
      const end = await endOf(where);
      expect(end).toMatchObject({ outcome: 'ROLLOUT_FAILED', reason: 'Degraded' });
      expect(end['detail']).toContain('metric "errors" assessed Failed');
    },
    MINUTES,
  );

  it(
    'of a DeploymentConfig whose pods run',
    async () => {
      const where = { namespace: 'dc-follow', name: 'app' };
      await restarted(DEPLOYMENT_CONFIG, where);
      const { metadata } = await custom.read(DEPLOYMENT_CONFIG, where);
      const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
      await custom.putStatus(DEPLOYMENT_CONFIG, where, { ...counts, observedGeneration: metadata.generation });
      expect(await endOf(where)).toMatchObject({ outcome: 'APPLIED', reason: '' });
    },
    MINUTES,
  );
});

describe('kinds that the cluster ceases to serve', () => {
  it(
    'are not watched any more, and the agent stays, or becomes again, ready',
    async () => {
      await custom.withdraw(ROLLOUT);
      await waitFor('the end of the watch', () => said('does not serve this kind any more'));
      await waitFor('the agent to be ready', isReady);
      await sentinels.everythingBeforeIsDone();
    },
    MINUTES,
  );
});
