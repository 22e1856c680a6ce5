import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1PodSpec } from '@kubernetes/client-node';
import { apiCall } from '@test/control-plane/api-call';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { AGENT_NAME, AgentRelease } from '@test/helm/agent-release';
import { accessTo, make } from '@test/helm/dry-run';
import { objectsIn } from '@test/helm/helm';
import { type Admin, authorityOf, type InstalledAgent, startInstalled, tokenOf } from '@test/helm/installed-agent';
import { may } from '@test/helm/rights';
import { KubeClient } from '@test/kube';
import { ListeningEndpoint } from '@test/listening-endpoint';
import { runCommand } from '@test/processes/run-command';
import { startHub } from '@test/processes/start-hub';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';

const REVISION = 'fleet-reloader.io/revision';
const WATCHED = ['shop', 'bank'];
const MINUTE = 60_000;

let admin: Admin;
let cluster: Cluster;
let kube: KubeClient;
let release: AgentRelease;
const agents: InstalledAgent[] = [];

beforeAll(async () => {
  cluster = await startCluster('agent-installed');
  kube = new KubeClient(cluster);
  admin = { cluster, kube };
  release = new AgentRelease(cluster);
  for (const namespace of [...WATCHED, 'elsewhere']) await prepare(namespace);
}, 3 * MINUTE);
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop();
}, MINUTE);
afterAll(() => cluster?.stop(), MINUTE);

/** A Deployment that reloads for what it uses. */
async function prepare(namespace: string): Promise<void> {
  const where = { namespace, name: 'app' };
  await kube.ensureNamespace(namespace);
  await kube.putSecret({ namespace, name: 'db' }, { password: 'first' });
  await kube.putConfigMap({ namespace, name: 'settings' }, { a: 'first' });
  const annotations = { 'reloader.stakater.com/auto': 'true' };
  await kube.createDeployment(where, { envSecrets: ['db'], envConfigMaps: ['settings'], annotations });
  await kube.untilRolledOut('Deployment', where, MINUTE);
}

async function run(namespace: string, pod = 0): Promise<InstalledAgent> {
  const agent = await startInstalled(admin, { namespace, name: AGENT_NAME }, pod);
  agents.push(agent);
  await agent.program.ready();
  return agent;
}

const revisionOf = async (namespace: string): Promise<string | undefined> =>
  (await kube.podAnnotations('Deployment', { namespace, name: 'app' }))[REVISION];

/** Changes the Secret there, and waits until the Deployment runs with that. */
async function changeAndFollow(namespace: string, password: string): Promise<void> {
  const before = await revisionOf(namespace);
  await kube.putSecret({ namespace, name: 'db' }, { password });
  await waitFor(`${namespace}/app to restart`, async () => (await revisionOf(namespace)) !== before);
  await kube.untilRolledOut('Deployment', { namespace, name: 'app' });
}

/** Text of the API server's answer to an administrator. */
async function read(path: string): Promise<string> {
  return (await apiCall(accessTo(cluster), path))?.body ?? '';
}

it(
  'does its whole work with nothing but the rights of its chart',
  async () => {
    await release.install('fleet-reloader');
    const agent = await run('fleet-reloader');
    expect((await fetch(`${agent.opsUrl}/readyz`)).status).toBe(200);
    for (const namespace of WATCHED) await changeAndFollow(namespace, 'second');
    for (const namespace of WATCHED) {
      await waitFor(`an Event in ${namespace}`, async () =>
        (await read(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`)).includes('"reason":"Reloaded"'),
      );
    }
    await agent.stop();
    expect(await read('/api/v1/namespaces/fleet-reloader/configmaps')).toContain('fleet-reloader.io/part');
    expect(await read('/api/v1/namespaces/fleet-reloader/secrets')).toContain('fleet-reloader-fingerprint');
    expect(agent.program.logs()).not.toMatch(/forbidden/i);
    await release.uninstall('fleet-reloader');
  },
  2 * MINUTE,
);

it(
  'passes the test that comes with the chart, and fails it when the rights are taken away',
  async () => {
    await release.install('tested');
    const agent = await run('tested');
    const directory = await mkdtemp(join(tmpdir(), 'fleet-reloader-account-'));
    const account = { namespace: 'tested', name: AGENT_NAME };
    await writeFile(join(directory, 'token'), await tokenOf(admin, account));
    await writeFile(join(directory, 'ca.crt'), await authorityOf(cluster));
    const hooks = await release.hooks('tested');
    const [container] = (objectsIn(hooks)[0]?.['spec'] as V1PodSpec).containers;
    const env = {
      CHECKS: container?.env?.find(({ name }) => name === 'CHECKS')?.value ?? '',
      READY_URL: `${agent.opsUrl}/readyz?verbose`,
      API_SERVER: cluster.url,
      ACCOUNT_DIRECTORY: directory,
    };
    const args = ['--input-type=module', '--eval', container?.args?.[0] ?? ''];
    const printed = await runCommand(process.execPath, args, { env });
    expect(printed).toContain('ok    patch deployments.apps in all namespaces');
    expect(printed).toContain('[+]watch Secret ok');
    await release.upgrade('tested', { rbac: { create: false } });
    await expect(runCommand(process.execPath, args, { env })).rejects.toThrow(/FAIL {2}may not list secrets/);
    await rm(directory, { recursive: true });
    await release.uninstall('tested');
  },
  2 * MINUTE,
);

it(
  'works in the namespaces that it was given, and has no right in others',
  async () => {
    const values = { watch: { namespaces: WATCHED } };
    await release.install('scoped', values);
    await run('scoped');
    for (const namespace of WATCHED) await changeAndFollow(namespace, 'third');
    const token = await tokenOf(admin, { namespace: 'scoped', name: AGENT_NAME });
    for (const resource of ['secrets', 'configmaps', 'pods', 'events']) {
      for (const verb of ['get', 'list', 'watch', 'create'])
        expect(await may(cluster, token, { namespace: 'elsewhere', resource, verb })).toBe(false);
    }
    await release.uninstall('scoped');
  },
  2 * MINUTE,
);

it(
  'elects a leader among its replicas, and the next goes on when that ends',
  async () => {
    await release.install('available', { replicaCount: 2 });
    const first = await run('available', 0);
    await run('available', 1);
    const lease = await read('/apis/coordination.k8s.io/v1/namespaces/available/leases/stakater-reloader-lock');
    expect(lease).toContain(`"holderIdentity":"${AGENT_NAME}-0"`);
    await changeAndFollow('shop', 'of the first');
    await first.stop();
    await changeAndFollow('shop', 'of the second');
    await release.uninstall('available');
  },
  2 * MINUTE,
);

it(
  'runs CronJobs for a change where Jobs are left alone',
  async () => {
    await release.install('cron', { watch: { ignoreJobs: true } });
    await kube.ensureNamespace('nightly');
    await kube.putSecret({ namespace: 'nightly', name: 'db' }, { password: 'first' });
    const annotations = { 'secret.reloader.stakater.com/reload': 'db' };
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'example.com/app' }] } };
    const spec = { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } };
    const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'report', annotations }, spec };
    await make(cluster, cronJob, 'nightly');
    await run('cron');
    await kube.putSecret({ namespace: 'nightly', name: 'db' }, { password: 'second' });
    await waitFor('a Job of the CronJob', async () =>
      (await read('/apis/batch/v1/namespaces/nightly/jobs')).includes('"kind":"CronJob","name":"report"'),
    );
    await release.uninstall('cron');
  },
  2 * MINUTE,
);

it(
  'tells a webhook of a change, and can not restart anything',
  async () => {
    const receiver = await ListeningEndpoint.start();
    try {
      await release.install('hooked', { reload: { webhookUrl: receiver.url } });
      const agent = await run('hooked');
      const before = await revisionOf('shop');
      await kube.putSecret({ namespace: 'shop', name: 'db' }, { password: 'told' });
      await waitFor('the webhook to be told', () => receiver.arrivals.length > 0);
      expect(await revisionOf('shop')).toBe(before);
      await agent.stop();
      expect(agent.program.logs()).not.toMatch(/forbidden/i);
      await release.uninstall('hooked');
    } finally {
      await receiver.stop();
    }
  },
  2 * MINUTE,
);

it(
  'restarts for Secrets of which it watches the metadata alone',
  async () => {
    await release.install('metadata', { watch: { secretsMetadataOnly: true } });
    const agent = await run('metadata');
    await changeAndFollow('shop', 'read one by one');
    await agent.stop();
    expect(agent.program.logs()).not.toMatch(/forbidden/i);
    await release.uninstall('metadata');
  },
  2 * MINUTE,
);

it(
  'joins a fleet with a token from a Secret, and needs none when it is upgraded',
  async () => {
    const redis = await startRedis({ own: true });
    const hub = await startHub({ redisUrl: redis.url });
    try {
      const headers = { authorization: `Bearer ${hub.token}`, 'content-type': 'application/json' };
      const clusters = `${hub.url}/api/v1/clusters`;
      const body = JSON.stringify({ cluster: 'installed' });
      const made = await fetch(`${hub.url}/api/v1/enrolment-tokens`, { method: 'POST', headers, body });
      const { token } = (await made.json()) as { token: string };
      const fleet = { hub: { url: hub.url }, cluster: { name: 'installed', labels: { env: 'prod', region: 'eu' } } };
      await release.install('fleet', { ...fleet, enrolment: { token } });
      const agent = await run('fleet');
      await waitFor('the cluster to be online', async () =>
        (await (await fetch(clusters, { headers })).text()).includes('"state":"Online"'),
      );
      expect(await (await fetch(`${clusters}/installed`, { headers })).text()).toContain('"region":"eu"');
      await agent.stop();
      await release.upgrade('fleet', fleet);
      const again = await run('fleet');
      await waitFor('the session to stand', async () =>
        (await (await fetch(`${again.opsUrl}/readyz?verbose`)).text()).includes('[+]hub ok'),
      );
      await release.uninstall('fleet');
    } finally {
      await hub.program.stop();
      await redis.stop();
    }
  },
  2 * MINUTE,
);
