import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { setting } from '@test/environment';
import { AGENT_NAME, AgentRelease } from '@test/helm/agent-release';
import { chartOf, type Values } from '@test/helm/helm';
import { type Admin, tokenOf } from '@test/helm/installed-agent';
import { may, rightsIn } from '@test/helm/rights';
import { KubeClient } from '@test/kube';

const RIGHTS = join(chartOf('agent'), '..', '..', 'docs', 'agent-rbac.md');
const MINUTE = 60_000;

let admin: Admin;
let cluster: Cluster;
let release: AgentRelease;

/** Only the API server: what somebody may do is asked of it, and nothing has to run. */
beforeAll(async () => {
  cluster = await startCluster('agent-rights', { bare: true });
  admin = { cluster, kube: new KubeClient(cluster) };
  release = new AgentRelease(cluster);
  for (const namespace of ['shop', 'elsewhere']) await admin.kube.ensureNamespace(namespace);
}, 2 * MINUTE);
afterAll(() => cluster?.stop(), MINUTE);

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
  await release.install(namespace, values);
  const token = await tokenOf(admin, { namespace, name: AGENT_NAME });
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
  await release.uninstall(namespace);
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
