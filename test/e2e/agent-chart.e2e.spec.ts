import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Metrics } from '../../apps/agent/src/ops/metrics';
import { readAgentConfig } from '../../apps/agent/src/config/agent-config';
import { splitList } from '../../apps/agent/src/config/core/arguments';
import { FLAGS } from '../../apps/agent/src/config/core/flag-table';
import { toLabelSelector } from '../../apps/agent/src/config/core/label-selector';
import { readUnreachable } from '../../apps/agent/src/config/core/unreachable';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { make, makeDefinitions, objectionTo } from '@test/helm/dry-run';
import { enrolmentCommand } from '../../apps/hub/src/api/core/enrolment-command';
import { runCommand } from '@test/processes/run-command';
import { chartOf, helm, one, template, type Rendered, type Values } from '@test/helm/helm';
import { MONITORING_CRDS } from '@test/helm/monitoring-crds';

const CHART = chartOf('agent');
const TRIED = readdirSync(join(CHART, 'ci')).map((file) => join(CHART, 'ci', file));
const NAMESPACE = 'restricted';
const MINUTE = 60_000;

interface Container {
  readonly args: readonly string[];
  readonly env: readonly Readonly<{ name: string; value?: string; valueFrom?: object }>[];
  readonly securityContext: object;
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly serviceAccountName: string;
  readonly volumes?: readonly object[];
}

const podOf = (deployment: Rendered): PodSpec => (deployment['spec'] as { template: { spec: PodSpec } }).template.spec;
const containerOf = (objects: readonly Rendered[]): Container => {
  const [container] = podOf(one(objects, 'Deployment')).containers;
  if (!container) throw new Error('the Deployment has no container');
  return container;
};
const argsOf = async (values: Values): Promise<readonly string[]> =>
  containerOf(await template(CHART, { values, namespace: 'fr' })).args;
const refusal = async (values: Values): Promise<string> => {
  try {
    await template(CHART, { values });
  } catch (error) {
    return String(error);
  }
  return 'it was rendered';
};

describe('what the chart makes of values', () => {
  it('passes lint with every set of values that is tried', async () => {
    for (const file of TRIED) await helm(['lint', '--strict', CHART], { files: [file] });
  });

  it.each<[string, Values, string]>([
    ['auto for all', { reload: { autoReloadAll: true } }, '--auto-reload-all=true'],
    ['auto for all, in Reloader’s words', { reloader: { autoReloadAll: true } }, '--auto-reload-all=true'],
    ['Argo Rollouts', { reloader: { isArgoRollouts: true } }, '--is-Argo-Rollouts=true'],
    ['no Secrets', { reloader: { ignoreSecrets: true } }, '--resources-to-ignore=secrets'],
    [
      'no Jobs nor CronJobs',
      { reloader: { ignoreJobs: true, ignoreCronJobs: true } },
      '--ignored-workload-types=jobs,cronjobs',
    ],
    ['creation', { reloader: { reloadOnCreate: true } }, '--reload-on-create=true'],
    ['deletion', { reloader: { reloadOnDelete: 'true' } }, '--reload-on-delete=true'],
    ['what came while it was down', { reloader: { syncAfterRestart: true } }, '--sync-after-restart=true'],
    ['a strategy', { reloader: { reloadStrategy: 'env-vars' } }, '--reload-strategy=env-vars'],
    ['namespaces to leave', { reloader: { ignoreNamespaces: 'a, b' } }, '--namespaces-to-ignore=a,b'],
    ['namespaces by label', { reloader: { namespaceSelector: 'a=b,c' } }, '--namespace-selector="a=b,c"'],
    ['sources by label', { reloader: { resourceLabelSelector: 'a=b' } }, '--resource-label-selector=a=b'],
    ['a webhook without any custom annotation', { reloader: { webhookUrl: 'http://x' } }, '--webhook-url=http://x'],
    ['other keys', { reloader: { custom_annotations: { secret_auto: 'a/b' } } }, '--secret-auto-annotation=a/b'],
    ['own namespace', { reloader: { watchGlobally: false } }, '--namespaces=fr'],
    [
      'own and listed namespaces',
      { reloader: { watchGlobally: false, namespaces: ['b', 'a', 'fr'] } },
      '--namespaces=a,b,fr',
    ],
    ['leader election', { reloader: { enableHA: true } }, '--enable-ha=true'],
    ['leader election for replicas', { reloader: { deployment: { replicas: 2 } } }, '--enable-ha=true'],
    ['what the CSI driver brings', { reloader: { enableCSIIntegration: true } }, '--enable-csi-integration=true'],
    ['logs as text', { reloader: { logFormat: 'text' } }, '--log-format=pretty'],
  ])('knows Reloader’s values: %s', async (_, values, flag) => {
    expect(await argsOf(values)).toContain(flag);
  });

  it('gives flags that the agent knows, and reads as they were meant', async () => {
    for (const file of TRIED) {
      const { args } = containerOf(await template(CHART, { files: [file], namespace: 'fr' }));
      const result = readAgentConfig({}, args);
      const unknown = result.ok ? [] : result.problems.filter((problem) => problem.includes('is no flag'));
      expect({ file, unknown }).toEqual({ file, unknown: [] });
    }
    const selector = 'a in (b,c),d=e';
    const args = await argsOf({ reloader: { resourceLabelSelector: selector } });
    const [, given = ''] = /^--resource-label-selector=(.*)$/m.exec(args.join('\n')) ?? [];
    expect(toLabelSelector(splitList([given]))).toEqual({ selector });
  });

  it('takes the command that the hub prints for a cluster that is to join', async () => {
    const labels = { env: 'prod', 'example.com/timezone': 'Europe/Berlin' };
    const command = enrolmentCommand({ token: 'fre_t', cluster: 'prod-1', labels, hubUrl: 'https://hub.example' });
    const words = await runCommand('sh', ['-c', `${command.replace('helm install', 'printf %s\\\\n')}`]);
    const args = words
      .trimEnd()
      .split('\n')
      .filter((word) => word !== '--create-namespace');
    const rendered = await helm([
      'template',
      ...args.map((word) => (word === 'deploy/agent' ? chartOf('agent') : word)),
    ]);
    expect(rendered).toContain('value: "env=prod,example.com/timezone=Europe/Berlin"');
    expect(rendered).toContain('value: "prod-1"');
  });

  it('names the pod wherever a leader is elected', async () => {
    const { args, env } = containerOf(await template(CHART, { values: { replicaCount: 2 } }));
    expect(args).toContain('--enable-ha=true');
    expect(env.map(({ name }) => name)).toEqual(expect.arrayContaining(['POD_NAME', 'POD_NAMESPACE']));
  });

  it('keeps tokens and keys out of the variables', async () => {
    const values = {
      hub: { url: 'https://hub' },
      enrolment: { token: 'canary-token' },
      fingerprintKey: { value: `canary${'0'.repeat(37)}=` },
      reloader: { deployment: { env: { secret: { ALERT_WEBHOOK_PROXY: 'canary-proxy' } } } },
    };
    const objects = await template(CHART, { values });
    expect(JSON.stringify(objects.filter(({ kind }) => kind !== 'Secret'))).not.toContain('canary');
    expect(one(objects, 'Secret', 'reload-reloader-env')['stringData']).toEqual({
      ALERT_WEBHOOK_PROXY: 'canary-proxy',
    });
  });

  it('runs our image where a values file names Reloader’s', async () => {
    const image = { repository: 'mirror.example.com/stakater/reloader', tag: 'v1.4.21' };
    const [container] = podOf(one(await template(CHART, { values: { image } }), 'Deployment')).containers;
    expect(container).toMatchObject({ image: expect.stringMatching(/^ghcr\.io\/fleet-reloader\/agent:/) as string });
  });

  it.each([
    [{ repository: 'mirror.example.com/agents/reload', tag: 'x' }, 'mirror.example.com/agents/reload:x'],
    [{ repository: 'localhost:5000/agent', tag: 'x' }, 'localhost:5000/agent:x'],
    [{ repository: 'agents/reload', tag: 'x' }, 'ghcr.io/agents/reload:x'],
    [{ registry: 'mirror.example.com', tag: 'x' }, 'mirror.example.com/fleet-reloader/agent:x'],
  ])('finds the registry of the image where it stands: %j', async (image, expected) => {
    expect(podOf(one(await template(CHART, { values: { image } }), 'Deployment')).containers).toMatchObject([
      { image: expected },
    ]);
  });

  it.each<[string, Values, string]>([
    ['a hub without a way to enrol', { hub: { url: 'https://hub' } }, 'has no way to enrol'],
    ['a token without a hub', { enrolment: { token: 'x' } }, 'no hub.url to enrol at'],
    ['two tokens', { hub: { url: 'https://hub' }, enrolment: { token: 'x', existingSecret: 'y' } }, 'are both set'],
    ['nothing to watch', { reloader: { ignoreSecrets: true, ignoreConfigMaps: true } }, 'there is nothing to do'],
    [
      'a webhook about Secrets that are not read',
      { reloader: { webhookUrl: 'http://x' }, watch: { secretsMetadataOnly: true } },
      'watch.secretsMetadataOnly=false',
    ],
    [
      'a webhook beside a hub',
      { reload: { webhookUrl: 'http://x' }, hub: { url: 'https://hub' }, enrolment: { token: 'x' } },
      'reload.webhookUrl or hub.url',
    ],
    ['a list beside all namespaces', { reloader: { namespaces: ['a'] } }, 'watchGlobally=false'],
    ['two monitors', { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } }, 'stored twice'],
    [
      'an unknown annotation',
      { reload: { customAnnotations: { what: 'x' } } },
      'no annotation that can have another key',
    ],
    ['a misspelt value', { watch: { namespcaes: [] } }, 'namespcaes'],
    ['a number that is none', { replicaCount: 'abc' }, 'replicaCount'],
    [
      'a kind that must be there',
      { podMonitor: { enabled: true, renderMode: 'failIfMissing' } },
      'has no kind PodMonitor',
    ],
    [
      'no agent, in Reloader’s words',
      { reloader: { deployment: { replicas: 0 } } },
      'reloader.deployment.replicas is 0',
    ],
    [
      'a receiver of alerts without an address',
      {
        reloader: { deployment: { env: { open: { ALERT_ON_RELOAD: 'true' }, secret: { ALERT_WEBHOOK_URL: 'hook' } } } },
      },
      'reloader.deployment.env.secret.ALERT_WEBHOOK_URL is no URL',
    ],
  ])('refuses, with a sentence, %s', async (_, values, sentence) => {
    expect(await refusal(values)).toContain(sentence);
  });

  it('refuses together, by name and with a remedy, what the agent or the hub would refuse later', async () => {
    const text = await refusal({
      replicaCount: 0,
      hub: { url: 'reload.example.com', onUnreachable: 'soon', caCertificate: '/etc/ca.crt' },
      cluster: { name: 'Prod_EU 1', labels: { 'a b': 'x', env: 'a,b', long: 'x'.repeat(64), n: 5 } },
      enrolment: { token: 'fre_t' },
      fingerprintKey: { value: 'canary' },
      watch: { namespaces: ['team-*', 'shop'] },
      reload: { coalesce: '2h', webhookUrl: 'ftp://canary.example' },
      extraArgs: ['--log-level=debug', '--log-levl=canary'],
    });
    for (const sentence of [
      'replicaCount is 0, and without an agent nothing restarts: set it to 1 or more',
      'hub.url is "reload.example.com": give the address of the hub, such as https://',
      'hub.onUnreachable is "soon": it must be hold, immediate or fallback:',
      'hub.caCertificate holds no certificate in PEM',
      'cluster.name is "Prod_EU 1": the hub takes lower-case letters, digits and "-" inside, at most 63 of them, such as prod-eu-1',
      'cluster.labels has the key "a b"',
      'cluster.labels.env is "a,b"',
      'cluster.labels.long is "xxx',
      'fingerprintKey.value is no key: it must be 32 bytes in hex',
      'watch.namespaces has "team-*", which is no name of a namespace',
      'reload.coalesce is "2h": it must be a duration of at most 1h',
      'reload.webhookUrl is no URL that begins with https://',
      'extraArgs has --log-levl, which is no flag of the agent',
    ])
      expect(text).toContain(sentence);
    expect(text).not.toMatch(/canary|"shop"|--log-level,|labels\.n /);
  });

  it('takes the selectors that the agent takes, and no others', async () => {
    const good = 'a=b,c:d,e:*,f=*,!g,example.com/h != i,j in ( k , l ),m notin (n),o in (),p==q,r=';
    expect(toLabelSelector(splitList([`"${good}"`]))).toHaveProperty('selector');
    expect(await argsOf({ watch: { resourceLabelSelector: good } })).toContain(`--resource-label-selector="${good}"`);
    const bad = ['a=b=c', 'a in (b', 'a in b', '-a', 'k!=*', 'a b', 'a in (b c)', `${'k'.repeat(64)}=v`];
    for (const [first = '', second = ''] of [bad.slice(0, 2), bad.slice(2, 4), bad.slice(4, 6), bad.slice(6)]) {
      const text = await refusal({
        watch: { resourceLabelSelector: `x=y,${first}` },
        reloader: { namespaceSelector: second },
      });
      for (const part of [first, second]) {
        expect({ part, agent: toLabelSelector([part]) }).toMatchObject({
          agent: { problem: expect.anything() as string },
        });
        expect(text).toContain(`has "${part}", which is no label selector`);
      }
    }
  });

  it('takes the durations that the agent takes, and no others', async () => {
    const durations = [
      'fallback:30m',
      'fallback:168h',
      'fallback:1h30m',
      'fallback:.5s',
      'fallback:0',
      'fallback:169h',
      'fallback:-1s',
      'fallback:1d',
    ];
    for (const onUnreachable of durations) {
      const text = await refusal({ hub: { url: 'https://hub', onUnreachable }, enrolment: { token: 't' } });
      const isTaken = text === 'it was rendered';
      expect([onUnreachable, isTaken]).toEqual([onUnreachable, readUnreachable(onUnreachable) !== undefined]);
    }
  });

  it('says behind the installation what to look at, how to join a fleet, and that an image is needed', async () => {
    const notes = async (...more: string[]): Promise<string> => {
      const said = await helm(['install', 'reload', CHART, '--dry-run=client', ...more], { namespace: 'fr' });
      return said.slice(said.indexOf('NOTES:'));
    };
    const alone = await notes();
    expect(alone).toContain('kubectl -n fr logs deployment/reload-fleet-reloader-agent');
    expect(alone).toMatch(/helm upgrade reload deploy\/agent -n fr .*--set hub\.url=/);
    expect(alone).toContain('no image is published yet');
    expect(await notes('--set', 'image.registry=registry.example.com')).not.toContain('Please look at this');
  });

  it('knows the flags of the agent', () => {
    const text = readFileSync(join(CHART, 'templates/_checks.tpl'), 'utf8');
    const [, list = ''] = /define "agent\.knownFlags"([^]*?)end -\}\}/.exec(text) ?? [];
    expect([...list.matchAll(/"([a-zA-Z-]+)"/g)].map(([, flag]) => flag).sort()).toEqual(Object.keys(FLAGS).sort());
  });

  it('asks for nothing that its alerts and panels need and the agent does not have', async () => {
    const rules = await template(CHART, {
      values: { prometheusRule: { enabled: true }, hub: { url: 'https://hub' }, enrolment: { alreadyEnrolled: true } },
    });
    const asked =
      JSON.stringify(one(rules, 'PrometheusRule')) + readFileSync(join(CHART, 'files/dashboard.json'), 'utf8');
    const exposed = await new Metrics('1').text();
    for (const name of new Set(asked.match(/fleet_reloader_agent_[a-z_]+/g))) {
      expect(exposed).toContain(`# HELP ${name.replace(/_bucket$/, '')} `);
    }
  });
});

describe('what the API server says to it', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster('agent-chart', { bare: true });
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await make(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } });
    await makeDefinitions(cluster, MONITORING_CRDS);
  }, 2 * MINUTE);
  afterAll(() => cluster.stop(), MINUTE);

  it.each(TRIED.map((file) => [file.slice(CHART.length + 1), file]))('takes every object of %s', async (_, file) => {
    const objects = await template(CHART, { files: [file], namespace: NAMESPACE });
    const objections: unknown[] = [];
    for (const object of objects) {
      objections.push(await objectionTo(cluster, object, NAMESPACE));
      if (object.kind === 'ServiceAccount') await make(cluster, object); // pods need one that is there
    }
    expect(objections.filter((objection) => objection !== null)).toEqual([]);
  });

  it('takes the pods where only restricted pods may run', async () => {
    for (const file of TRIED.filter((path) => !path.includes('everything'))) {
      const objects = await template(CHART, { files: [file], namespace: NAMESPACE });
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'agent', namespace: NAMESPACE } };
      const spec = { ...podOf(one(objects, 'Deployment')) };
      expect(await objectionTo(cluster, { ...pod, spec }, NAMESPACE)).toBeNull();
    }
  });
});
