import { AdmissionregistrationV1Api, KubeConfig, type V1Job } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { hasStatus, KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { fromConfigMap, pod } from './agent-case-parts';
import { AUTO } from './agent-case-rows';
import { FaultyProxy } from './faulty-proxy';
import { Sentinels } from './sentinels';

const REVISION = 'fleet-reloader.io/revision';
const MINUTES = 60_000;

let cluster: Cluster;
let kube: KubeClient;
let sentinels: Sentinels;
let proxy: FaultyProxy;
let agent: Agent;

/** Only the API server: nothing but the agent touches Jobs. */
beforeAll(async () => {
  cluster = await startCluster('agent-jobs-killed', { bare: true });
  kube = new KubeClient(cluster);
  sentinels = new Sentinels(kube);
  await sentinels.prepare();
  proxy = await FaultyProxy.start(cluster.url);
  const kubeconfigPath = await proxy.kubeconfigFor(cluster);
  agent = await startAgent({ kubeconfigPath });
}, 3 * MINUTES);

afterAll(async () => {
  await agent?.program.stop();
  await proxy?.close();
  await cluster?.stop();
}, MINUTES);

beforeEach(() => {
  proxy.requests.length = 0;
  proxy.swallowed.length = 0;
});

const template = { metadata: { labels: { app: 'app' } }, spec: { ...pod(fromConfigMap()), restartPolicy: 'Never' } };

async function prepared(namespace: string): Promise<Name> {
  await kube.ensureNamespace(namespace);
  await kube.putConfigMap({ namespace, name: 'cm' }, { key: 'first' });
  return { namespace, name: 'app' };
}

/** A Job, known to the agent, whose ConfigMap nobody has changed yet. */
async function someJob(namespace: string, finalizers: string[] = []): Promise<Name & { uid: string }> {
  const where = await prepared(namespace);
  const metadata = { name: where.name, annotations: AUTO, finalizers };
  const job = await kube.batch.createNamespacedJob({ namespace, body: { metadata, spec: { template } } });
  await sentinels.everythingBeforeIsDone();
  return { ...where, uid: job.metadata?.uid ?? '' };
}

async function someCronJob(namespace: string): Promise<Name> {
  const where = await prepared(namespace);
  const spec = { schedule: '0 0 31 2 *', jobTemplate: { spec: { template } } };
  const body = { metadata: { name: where.name, annotations: AUTO }, spec };
  await kube.batch.createNamespacedCronJob({ namespace, body });
  await sentinels.everythingBeforeIsDone();
  return where;
}

const change = ({ namespace }: Name): Promise<void> => kube.putConfigMap({ namespace, name: 'cm' }, { key: 'second' });
const jobsIn = async (namespace: string): Promise<V1Job[]> => (await kube.batch.listNamespacedJob({ namespace })).items;

async function uidOf({ namespace, name }: Name): Promise<string | undefined> {
  try {
    return (await kube.batch.readNamespacedJob({ namespace, name })).metadata?.uid;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

const intents = async (): Promise<string[]> => {
  const labelSelector = 'fleet-reloader.io/part=job';
  const { items } = await kube.core.listNamespacedSecret({ namespace: 'fleet-reloader', labelSelector });
  return items.map(({ metadata }) => metadata?.name ?? '');
};

/** What befalls the next real creation (not the trial) or deletion of a Job in this namespace. */
function befall(verb: string, { namespace }: Name, fate: 'stall' | 'swallow'): void {
  proxy.decide((url, asked) =>
    asked === verb && url.includes(`/namespaces/${namespace}/jobs`) && !url.includes('dryRun') ? fate : 'pass',
  );
}

const swallowedOne = (): Promise<unknown> => waitFor('the swallowed answer', () => proxy.swallowed.length > 0);

async function killedAndStarted(): Promise<void> {
  await agent.program.kill('SIGKILL');
  proxy.decide(() => 'pass');
  agent.program.start();
  await agent.program.ready();
}

describe('a CronJob is run once', () => {
  it(
    'although the answer to the run was lost',
    async () => {
      const where = await someCronJob('run-lost');
      befall('POST', where, 'swallow');
      await change(where);
      await swallowedOne();
      proxy.decide(() => 'pass');
      proxy.cutAll();
      await sentinels.everythingBeforeIsDone();
      await waitFor('the second try', () => proxy.requests.filter((line) => isCreation(line, where)).length === 2);
      expect(await jobsIn(where.namespace)).toHaveLength(1);
    },
    MINUTES,
  );

  it(
    'although the agent was killed between the run and its record',
    async () => {
      const where = await someCronJob('run-killed');
      befall('POST', where, 'swallow');
      await change(where);
      await swallowedOne();
      await killedAndStarted();
      await waitFor('the second try', () => proxy.requests.filter((line) => isCreation(line, where)).length === 2);
      await sentinels.everythingBeforeIsDone();
      expect(await jobsIn(where.namespace)).toHaveLength(1);
    },
    MINUTES,
  );
});

const isCreation = (line: string, { namespace }: Name): boolean =>
  line.startsWith('POST ') && line.includes(`/namespaces/${namespace}/jobs?`) && !line.includes('dryRun');

describe('a Job comes back, once', () => {
  it(
    'after a kill between its deletion and its return',
    async () => {
      const where = await someJob('deleted');
      befall('DELETE', where, 'swallow');
      await change(where);
      await swallowedOne();
      await agent.program.kill('SIGKILL');
      expect(await uidOf(where)).toBeUndefined();
      expect(await intents()).toEqual([`fleet-reloader-job-${where.uid}`]);
      await killedAndStarted();
      await waitFor('the Job', () => uidOf(where));
      await sentinels.everythingBeforeIsDone();
      const job = await kube.batch.readNamespacedJob({ ...where });
      expect(job.spec?.template.metadata?.annotations).toHaveProperty([REVISION]);
      expect(await intents()).toEqual([]);
      const made = await uidOf(where);
      await sentinels.everythingBeforeIsDone();
      expect(await uidOf(where)).toBe(made);
    },
    MINUTES,
  );

  it(
    'after a kill before its deletion',
    async () => {
      const where = await someJob('not-deleted');
      befall('DELETE', where, 'stall');
      await change(where);
      await waitFor('the record', async () => (await intents()).length === 1);
      await waitFor('the deletion', () => proxy.requests.some((line) => line.startsWith('DELETE /apis/batch')));
      await killedAndStarted();
      const made = await waitFor('the new Job', async () => {
        const uid = await uidOf(where);
        return uid !== where.uid && uid;
      });
      await sentinels.everythingBeforeIsDone();
      expect(await uidOf(where)).toBe(made);
      expect(await intents()).toEqual([]);
    },
    MINUTES,
  );

  it(
    'after a kill between its return and the end of the record',
    async () => {
      const where = await someJob('made');
      befall('POST', where, 'swallow');
      await change(where);
      await swallowedOne();
      const made = await uidOf(where);
      await killedAndStarted();
      await sentinels.everythingBeforeIsDone();
      expect(made).not.toBe(where.uid);
      expect(await uidOf(where)).toBe(made);
      await waitFor('the end of the record', async () => (await intents()).length === 0);
    },
    MINUTES,
  );

  it(
    'once its finalizers let it go, however long that takes; nobody else waits for it, and the agent may be killed',
    async () => {
      const where = await someJob('held', ['example.com/hold']);
      await change(where);
      const held = (): Promise<V1Job> => kube.batch.readNamespacedJob({ namespace: where.namespace, name: where.name });
      await waitFor('its deletion', async () => (await held()).metadata?.deletionTimestamp !== undefined);
      await sentinels.everythingBeforeIsDone();
      const end = await waitFor('the answer', () =>
        agent.program.logLines().find(({ msg, workload }) => msg === 'restart ended' && workload === 'Job/held/app'),
      );
      expect(end).toMatchObject({ outcome: 'PATCH_REJECTED', reason: 'DeletionPending' });
      await killedAndStarted();
      await sentinels.everythingBeforeIsDone();
      expect(await intents()).toEqual([`fleet-reloader-job-${where.uid}`]);
      const body = await held();
      await kube.batch.replaceNamespacedJob({
        ...where,
        body: { ...body, metadata: { ...body.metadata, finalizers: [] } },
      });
      const made = await waitFor('the new Job', async () => {
        const uid = await uidOf(where);
        return uid !== where.uid && uid;
      });
      await waitFor('the end of the record', async () => (await intents()).length === 0);
      await sentinels.everythingBeforeIsDone();
      expect(await uidOf(where)).toBe(made);
    },
    MINUTES,
  );
});

describe('a Job that would not be accepted anew', () => {
  it(
    'is not deleted, and says so',
    async () => {
      const where = await someJob('denied');
      await denyJobsIn(where.namespace);
      await change(where);
      const event = await waitFor('the Event', async () => {
        const { items } = await kube.core.listNamespacedEvent({ namespace: where.namespace });
        return items.find(({ reason }) => reason === 'ReloadFail');
      });
      expect(event.message).toContain('no Jobs for now');
      expect(await uidOf(where)).toBe(where.uid);
      expect(await intents()).toEqual([]);
    },
    MINUTES,
  );
});

/** Resolves when the API server refuses Jobs in this namespace. */
async function denyJobsIn(namespace: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfigPath);
  const admission = config.makeApiClient(AdmissionregistrationV1Api);
  const rules = { apiGroups: ['batch'], apiVersions: ['v1'], resources: ['jobs'], operations: ['CREATE'] };
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  await admission.createValidatingAdmissionPolicy({
    body: {
      metadata: { name: 'no-jobs' },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [rules], namespaceSelector },
        validations: [{ expression: 'false', message: 'no Jobs for now' }],
      },
    },
  });
  await admission.createValidatingAdmissionPolicyBinding({
    body: { metadata: { name: 'no-jobs' }, spec: { policyName: 'no-jobs', validationActions: ['Deny'] } },
  });
  const body = { metadata: { name: 'probe' }, spec: { template } };
  await waitFor('the policy to hold', async () => {
    try {
      await kube.batch.createNamespacedJob({ namespace, body, dryRun: 'All' });
      return false;
    } catch (error) {
      return hasStatus(error, 422);
    }
  });
}
