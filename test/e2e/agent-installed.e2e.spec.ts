import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1PodSpec } from '@kubernetes/client-node';
import { format } from 'prettier';
import { apiCall } from '@test/control-plane/api-call';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { setting } from '@test/environment';
import { accessTo, make } from '@test/helm/dry-run';
import { chartOf, helm, objectsIn, type HelmOptions, type Values } from '@test/helm/helm';
import { type Admin, authorityOf, type InstalledAgent, startInstalled, tokenOf } from '@test/helm/installed-agent';
import { may, rightsIn } from '@test/helm/rights';
import { KubeClient } from '@test/kube';
import { freePort } from '@test/processes/ports';
import { runCommand } from '@test/processes/run-command';
import { startHub } from '@test/processes/start-hub';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';

const CHART = chartOf('agent');
const RELEASE = 'reload';
const NAME = `${RELEASE}-fleet-reloader-agent`;
const REVISION = 'fleet-reloader.io/revision';
const WATCHED = ['shop', 'bank'];
const RIGHTS = join(CHART, '..', '..', 'docs', 'agent-rbac.md');
const MINUTE = 60_000;

let admin: Admin;
let cluster: Cluster;
let kube: KubeClient;
const agents: InstalledAgent[] = [];

beforeAll(async () => {
  cluster = await startCluster('agent-installed');
  kube = new KubeClient(cluster);
  admin = { cluster, kube };
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

/** Helm's way to a release in a namespace. */
const to = (namespace: string): HelmOptions => ({ namespace, kubeconfigPath: cluster.kubeconfigPath });

/** Installs the chart in a namespace of its own, as its user does. */
async function install(namespace: string, values: Values = {}): Promise<void> {
  await helm(['install', RELEASE, CHART, '--create-namespace'], { ...to(namespace), values });
}

async function uninstall(namespace: string): Promise<void> {
  await helm(['uninstall', RELEASE], to(namespace));
}

async function run(namespace: string, pod = 0): Promise<InstalledAgent> {
  const agent = await startInstalled(admin, { namespace, name: NAME }, pod);
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
    await install('fleet-reloader');
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
    await uninstall('fleet-reloader');
  },
  2 * MINUTE,
);

it(
  'passes the test that comes with the chart, and fails it when the rights are taken away',
  async () => {
    await install('tested');
    const agent = await run('tested');
    const directory = await mkdtemp(join(tmpdir(), 'fleet-reloader-account-'));
    const account = { namespace: 'tested', name: NAME };
    await writeFile(join(directory, 'token'), await tokenOf(admin, account));
    await writeFile(join(directory, 'ca.crt'), await authorityOf(cluster));
    const hooks = await helm(['get', 'hooks', RELEASE], to('tested'));
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
    await helm(['upgrade', RELEASE, CHART], { ...to('tested'), values: { rbac: { create: false } } });
    await expect(runCommand(process.execPath, args, { env })).rejects.toThrow(/FAIL {2}may not list secrets/);
    await rm(directory, { recursive: true });
    await uninstall('tested');
  },
  2 * MINUTE,
);

it(
  'works in the namespaces that it was given, and has no right in others',
  async () => {
    const values = { watch: { namespaces: WATCHED } };
    await install('scoped', values);
    await run('scoped');
    for (const namespace of WATCHED) await changeAndFollow(namespace, 'third');
    const token = await tokenOf(admin, { namespace: 'scoped', name: NAME });
    for (const resource of ['secrets', 'configmaps', 'pods', 'events']) {
      for (const verb of ['get', 'list', 'watch', 'create'])
        expect(await may(cluster, token, { namespace: 'elsewhere', resource, verb })).toBe(false);
    }
    await uninstall('scoped');
  },
  2 * MINUTE,
);

it(
  'elects a leader among its replicas, and the next goes on when that ends',
  async () => {
    await install('available', { replicaCount: 2 });
    const first = await run('available', 0);
    await run('available', 1);
    const lease = await read('/apis/coordination.k8s.io/v1/namespaces/available/leases/stakater-reloader-lock');
    expect(lease).toContain(`"holderIdentity":"${NAME}-0"`);
    await changeAndFollow('shop', 'of the first');
    await first.stop();
    await changeAndFollow('shop', 'of the second');
    await uninstall('available');
  },
  2 * MINUTE,
);

it(
  'runs CronJobs for a change where Jobs are left alone',
  async () => {
    await install('cron', { watch: { ignoreJobs: true } });
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
    await uninstall('cron');
  },
  2 * MINUTE,
);

it(
  'tells a webhook of a change, and can not restart anything',
  async () => {
    const told: string[] = [];
    const receiver = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => told.push(chunk));
      request.on('end', () => response.end());
    });
    const port = await freePort();
    receiver.listen(port, '127.0.0.1');
    try {
      await install('hooked', { reload: { webhookUrl: `http://127.0.0.1:${port}` } });
      const agent = await run('hooked');
      const before = await revisionOf('shop');
      await kube.putSecret({ namespace: 'shop', name: 'db' }, { password: 'told' });
      await waitFor('the webhook to be told', () => told.length > 0);
      expect(await revisionOf('shop')).toBe(before);
      await agent.stop();
      expect(agent.program.logs()).not.toMatch(/forbidden/i);
      await uninstall('hooked');
    } finally {
      receiver.close();
    }
  },
  2 * MINUTE,
);

it(
  'restarts for Secrets of which it watches the metadata alone',
  async () => {
    await install('metadata', { watch: { secretsMetadataOnly: true } });
    const agent = await run('metadata');
    await changeAndFollow('shop', 'read one by one');
    await agent.stop();
    expect(agent.program.logs()).not.toMatch(/forbidden/i);
    await uninstall('metadata');
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
      await install('fleet', { ...fleet, enrolment: { token } });
      const agent = await run('fleet');
      await waitFor('the cluster to be online', async () =>
        (await (await fetch(clusters, { headers })).text()).includes('"state":"Online"'),
      );
      expect(await (await fetch(`${clusters}/installed`, { headers })).text()).toContain('"region":"eu"');
      await agent.stop();
      await helm(['upgrade', RELEASE, CHART], { ...to('fleet'), values: fleet });
      const again = await run('fleet');
      await waitFor('the session to stand', async () =>
        (await (await fetch(`${again.opsUrl}/readyz?verbose`)).text()).includes('[+]hub ok'),
      );
      await uninstall('fleet');
    } finally {
      await hub.program.stop();
      await redis.stop();
    }
  },
  2 * MINUTE,
);

/** What no mode may do anywhere: what an attacker who has the token would try next. */
const NEVER = [
  { group: 'apps', resource: 'deployments', verb: 'create' },
  { group: 'apps', resource: 'deployments', verb: 'delete' },
  { group: 'apps', resource: 'deployments', verb: 'update' },
  { group: 'batch', resource: 'cronjobs', verb: 'patch' },
  { resource: 'pods', verb: 'create' },
  { resource: 'pods', subresource: 'exec', verb: 'create' },
  { resource: 'pods', verb: 'delete' },
  { resource: 'secrets', verb: 'create', namespace: 'shop' },
  { resource: 'secrets', verb: 'patch', namespace: 'shop' },
  { resource: 'configmaps', verb: 'update', namespace: 'shop' },
  { resource: 'serviceaccounts', subresource: 'token', verb: 'create' },
  { resource: 'serviceaccounts', verb: 'impersonate' },
  { resource: 'users', verb: 'impersonate' },
  { resource: 'nodes', verb: 'list' },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', verb: 'escalate' },
  { group: 'rbac.authorization.k8s.io', resource: 'rolebindings', verb: 'create' },
  { group: 'admissionregistration.k8s.io', resource: 'validatingwebhookconfigurations', verb: 'create' },
];

/** The modes whose rights are published, and the values that choose them. */
const MODES: Readonly<Record<string, Values>> = {
  'All namespaces (the default)': {},
  'In a fleet': { hub: { url: 'https://hub.example.com' }, enrolment: { token: 'x' } },
  'Two replicas': { replicaCount: 2 },
  'Argo Rollouts, CSI, namespaces by label': {
    watch: { argoRollouts: true, csi: true, namespaceSelector: 'team=a' },
  },
  'Listed namespaces': { watch: { namespaces: ['shop'] } },
  'No Secrets, no Jobs, no CronJobs': { watch: { ignoreSecrets: true, ignoreJobs: true, ignoreCronJobs: true } },
  'Metadata of Secrets': { watch: { secretsMetadataOnly: true } },
  'CronJobs without Jobs': { watch: { ignoreJobs: true } },
  'Webhook instead of restarts': { reload: { webhookUrl: 'https://hooks.example.com' } },
};

/** The rights of a mode as a section of the published document. */
async function sectionOf(mode: string, values: Values, namespace: string): Promise<string[]> {
  await install(namespace, values);
  const token = await tokenOf(admin, { namespace, name: NAME });
  for (const attributes of NEVER) {
    const allowed = await may(cluster, token, attributes);
    expect({ mode, attributes, allowed }).toEqual({ mode, attributes, allowed: false });
  }
  const everywhere = await rightsIn(cluster, token, 'elsewhere');
  const lines = [`## ${mode}`, '', '| where | what | verbs |', '| --- | --- | --- |'];
  const rows = (where: string, rights: Map<string, string>): void => {
    for (const [what, verbs] of rights)
      if (everywhere.get(what) !== verbs) lines.push(`| ${where} | ${what} | ${verbs} |`);
  };
  for (const [what, verbs] of everywhere) lines.push(`| every namespace | ${what} | ${verbs} |`);
  rows('listed namespaces', await rightsIn(cluster, token, 'shop'));
  rows('its own namespace', await rightsIn(cluster, token, namespace));
  await uninstall(namespace);
  return [...lines, ''];
}

it(
  'protocol 57: may do in each mode exactly what is published, and in none what an attacker would want',
  async () => {
    const text = [
      '# Rights of the agent',
      '',
      'What its ServiceAccount may do in each mode of the chart, as a Kubernetes API server says it. Written and checked by',
      'the tests.',
      '',
    ];
    for (const [at, [mode, values]] of Object.entries(MODES).entries())
      text.push(...(await sectionOf(mode, values, `mode-${at}`)));
    const actual = await format(text.join('\n'), { parser: 'markdown', printWidth: 120 });
    if (setting('UPDATE_GOLDEN') === '1') await writeFile(RIGHTS, actual);
    expect(actual).toBe(await readFile(RIGHTS, 'utf8'));
  },
  3 * MINUTE,
);
