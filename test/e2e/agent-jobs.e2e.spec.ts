import { PatchStrategy, setHeaderOptions, type V1CronJob, type V1Job } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { changeConfigMap, fromConfigMap, pod } from './agent-case-parts';
import { AUTO } from './agent-case-rows';
import { CRON_JOBS, cronJobOf, type JobRow, JOBS, type JobShape, jobOf } from './agent-job-rows';
import { Sentinels } from './sentinels';

const REVISION = 'fleet-reloader.io/revision';
const MARKER = 'reloader.stakater.com/last-reloaded-from';
const MINUTES = 60_000;

let cluster: Cluster;
let kube: KubeClient;
let sentinels: Sentinels;
let agent: Agent;

beforeAll(async () => {
  cluster = await startCluster('agent-jobs');
  kube = new KubeClient(cluster);
  sentinels = new Sentinels(kube);
  await sentinels.prepare();
  await Promise.all([...CRON_JOBS, ...JOBS].map((row) => prepare(namespaceOf(row))));
  for (const row of CRON_JOBS) await createCronJob(whereIs(row), row);
  for (const row of JOBS) await createJob(whereIs(row), row);
  agent = await startAgent({ kubeconfigPath: cluster.kubeconfigPath });
  await sentinels.everythingBeforeIsDone();
}, 3 * MINUTES);

afterAll(async () => {
  await agent?.program.stop();
  await cluster?.stop();
}, MINUTES);

const namespaceOf = (row: JobRow): string =>
  CRON_JOBS.includes(row) ? `cron-${CRON_JOBS.indexOf(row)}` : `job-${JOBS.indexOf(row)}`;
const whereIs = (row: JobRow): Name => ({ namespace: namespaceOf(row), name: 'app' });

async function prepare(namespace: string): Promise<void> {
  await kube.ensureNamespace(namespace);
  await kube.putConfigMap({ namespace, name: 'cm' }, { key: 'first' });
  await kube.putSecret({ namespace, name: 's' }, { key: 'first' });
}

const createCronJob = ({ namespace, name }: Name, shape: JobShape): Promise<V1CronJob> =>
  kube.batch.createNamespacedCronJob({ namespace, body: cronJobOf(name, shape) });
const createJob = ({ namespace, name }: Name, shape: JobShape): Promise<V1Job> =>
  kube.batch.createNamespacedJob({ namespace, body: jobOf(name, shape) });

const jobsIn = async (namespace: string): Promise<V1Job[]> => (await kube.batch.listNamespacedJob({ namespace })).items;
const templateAnnotations = (job: V1Job): Record<string, string> => job.spec?.template.metadata?.annotations ?? {};
const annotationsIn = async (where: Name): Promise<Record<string, string>> =>
  templateAnnotations(await kube.batch.readNamespacedJob({ ...where }));

/** Resolves with the Job of this name that is not the one with this UID. */
const made = (where: Name, uid: string | undefined): Promise<V1Job> =>
  waitFor(`${where.namespace}/${where.name} to be made again`, async () => {
    const { items } = await kube.batch.listNamespacedJob({ namespace: where.namespace });
    return items.find(({ metadata }) => metadata?.name === where.name && metadata.uid !== uid);
  });

async function intents(): Promise<number> {
  const labelSelector = 'fleet-reloader.io/part=job';
  return (await kube.core.listNamespacedSecret({ namespace: 'fleet-reloader', labelSelector })).items.length;
}

/** As it was asked for: only what names the Job itself is the new one's. */
function expectSameSpec({ metadata, spec }: V1Job, old: V1Job): void {
  const uid = metadata?.uid;
  expect(spec?.backoffLimit).toBe(2);
  expect(spec?.template.spec).toEqual(old.spec?.template.spec);
  expect(spec?.selector?.matchLabels).toEqual({ 'batch.kubernetes.io/controller-uid': uid });
  expect(spec?.template.metadata?.labels).toMatchObject({ app: 'app', 'controller-uid': uid });
}

const isEnd = ({ msg }: Record<string, unknown>): boolean => msg === 'a Job that a restart made has ended';

describe('a CronJob', () => {
  beforeAll(async () => {
    for (const row of CRON_JOBS) await row.trigger(kube, namespaceOf(row));
    await sentinels.everythingBeforeIsDone();
  }, MINUTES);

  it.each(CRON_JOBS.map((row) => [row.title, row] as const))('%s: one Job is made of it', async (_title, row) => {
    const where = whereIs(row);
    const jobs = await waitFor('its Job', async () => {
      const found = await jobsIn(where.namespace);
      return found.length > 0 && found;
    });
    const cronJob = await kube.batch.readNamespacedCronJob({ ...where });
    expect(jobs).toHaveLength(1);
    const [job] = jobs as [V1Job];
    expect(job.metadata).toMatchObject({
      generateName: 'app-',
      labels: { of: 'template' },
      annotations: { note: 'kept', 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ kind: 'CronJob', name: 'app', uid: cronJob.metadata?.uid, controller: true }],
    });
    expect(Object.keys(templateAnnotations(job))).toEqual(expect.arrayContaining([REVISION, MARKER]));
    expect(cronJob.metadata?.generation).toBe(1);
    expect(cronJob.spec?.jobTemplate.spec?.template.metadata?.annotations).toBeUndefined();
  });

  it(
    'runs again for each new content, an older one too, and not again by itself',
    async () => {
      const where = { namespace: 'cron-again', name: 'app' };
      await prepare(where.namespace);
      await createCronJob(where, { annotations: AUTO, spec: pod(fromConfigMap()) });
      await sentinels.everythingBeforeIsDone();
      for (const [at, key] of ['second', 'first', 'second'].entries()) {
        await kube.putConfigMap({ ...where, name: 'cm' }, { key });
        await waitFor(`run ${at + 1}`, async () => (await jobsIn(where.namespace)).length === at + 1);
      }
      await agent.program.restart();
      await sentinels.everythingBeforeIsDone();
      expect(await jobsIn(where.namespace)).toHaveLength(3);
    },
    MINUTES,
  );

  it(
    'agent 105: that is suspended is not run, says why, and runs once when it is resumed',
    async () => {
      const where = { namespace: 'cron-suspended', name: 'app' };
      await prepare(where.namespace);
      await createCronJob(where, { annotations: AUTO, spec: pod(fromConfigMap()), suspend: true });
      await sentinels.everythingBeforeIsDone();
      await changeConfigMap(kube, where.namespace);
      await sentinels.everythingBeforeIsDone();
      expect(await jobsIn(where.namespace)).toHaveLength(0);
      const event = await waitFor('the Event', async () => {
        const { items } = await kube.core.listNamespacedEvent({ namespace: where.namespace });
        return items.find(({ reason }) => reason === 'Suspended');
      });
      expect(event).toMatchObject({ type: 'Normal', involvedObject: { kind: 'CronJob', name: 'app' } });
      expect(event.message).toContain('until it is resumed');
      const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      await kube.batch.patchNamespacedCronJob({ ...where, body: { spec: { suspend: false } } }, merge);
      await waitFor('its Job', async () => (await jobsIn(where.namespace)).length > 0);
      await sentinels.everythingBeforeIsDone();
      expect(await jobsIn(where.namespace)).toHaveLength(1);
    },
    MINUTES,
  );

  it(
    'leaves the Jobs that it made alone, although their pods ask for a restart',
    async () => {
      const where = { namespace: 'cron-children', name: 'app' };
      await prepare(where.namespace);
      const { metadata } = await createCronJob(where, { annotations: {}, spec: pod(fromConfigMap()) });
      const owner = {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        name: 'app',
        uid: metadata?.uid ?? '',
        controller: true,
      };
      const template = { metadata: { annotations: AUTO }, spec: { ...pod(fromConfigMap()), restartPolicy: 'Never' } };
      const child = await kube.batch.createNamespacedJob({
        namespace: where.namespace,
        body: { metadata: { name: 'child', annotations: AUTO, ownerReferences: [owner] }, spec: { template } },
      });
      await sentinels.everythingBeforeIsDone();
      await changeConfigMap(kube, where.namespace);
      await sentinels.everythingBeforeIsDone();
      const now = await jobsIn(where.namespace);
      expect(now.map((job) => job.metadata?.uid)).toEqual([child.metadata?.uid]);
    },
    MINUTES,
  );
});

describe('a Job', () => {
  const before = new Map<JobRow, V1Job>();

  beforeAll(async () => {
    for (const row of JOBS) before.set(row, await kube.batch.readNamespacedJob({ ...whereIs(row) }));
    for (const row of JOBS) await row.trigger(kube, namespaceOf(row));
  }, MINUTES);

  it.each(JOBS.map((row) => [row.title, row] as const))('%s: it is made again under its name', async (_title, row) => {
    const old = before.get(row) as V1Job;
    const job = await made(whereIs(row), old.metadata?.uid);
    expect(job.metadata).toMatchObject({ labels: { own: 'label' }, annotations: row.annotations });
    expect(Object.keys(templateAnnotations(job))).toEqual(expect.arrayContaining([REVISION, MARKER]));
    expectSameSpec(job, old);
  });

  it('tells of it by Events, on the Job and on what it was made again for', async () => {
    const [{ namespace }] = JOBS.map(whereIs) as [Name];
    const about = await waitFor('both Events', async () => {
      const { items } = await kube.core.listNamespacedEvent({ namespace });
      const told = items.filter(({ reason }) => reason === 'Reloaded').map(({ involvedObject }) => involvedObject);
      return told.length >= 2 && told;
    });
    const { metadata } = await kube.core.readNamespacedConfigMap({ namespace, name: 'cm' });
    expect(about).toContainEqual(expect.objectContaining({ kind: 'Job', name: 'app' }));
    expect(about).toContainEqual(expect.objectContaining({ kind: 'ConfigMap', name: 'cm', uid: metadata?.uid }));
  });

  it('leaves nothing of its old form behind', async () => {
    await sentinels.everythingBeforeIsDone();
    expect(await intents()).toBe(0);
    const counts = await Promise.all(JOBS.map(async (row) => (await jobsIn(namespaceOf(row))).length));
    expect(counts).toEqual(JOBS.map(() => 1));
  });

  it(
    'agent 111: that has completed runs again, once for each new content',
    async () => {
      const where = { namespace: 'job-complete', name: 'app' };
      await prepare(where.namespace);
      const first = await createJob(where, { annotations: AUTO, spec: pod(fromConfigMap()) });
      await waitFor('the Job to complete', async () => {
        const { status } = await kube.batch.readNamespacedJob({ ...where });
        return status?.succeeded === 1;
      });
      await sentinels.everythingBeforeIsDone();
      await changeConfigMap(kube, where.namespace);
      const second = await made(where, first.metadata?.uid);
      await waitFor('the new Job to complete', async () => {
        const { status } = await kube.batch.readNamespacedJob({ ...where });
        return status?.succeeded === 1;
      });
      const end = await waitFor('the end to be told', () =>
        agent.program.logLines().find((line) => isEnd(line) && line['workload'] === 'Job/job-complete/app'),
      );
      expect(end['succeeded']).toBe(true);
      await kube.putConfigMap({ ...where, name: 'cm' }, { key: 'first' });
      const third = await made(where, second.metadata?.uid);
      await agent.program.restart();
      await sentinels.everythingBeforeIsDone();
      expect((await kube.batch.readNamespacedJob({ ...where })).metadata?.uid).toBe(third.metadata?.uid);
      expect((await annotationsIn(where))[REVISION]).not.toBe(templateAnnotations(second)[REVISION]);
    },
    MINUTES,
  );
});
