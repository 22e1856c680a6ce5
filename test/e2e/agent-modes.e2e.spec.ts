import { randomUUID } from 'node:crypto';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient } from '@test/kube';
import { ListeningEndpoint } from '@test/listening-endpoint';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';

const MINUTES = 60_000;
jest.setTimeout(MINUTES);
const REVISION = 'fleet-reloader.io/revision';
const TOLD = {
  method: 'POST',
  path: '/hook',
  contentType: 'application/json',
  body: '{"webhook":"update successful"}',
};
const AUTO = { 'reloader.stakater.com/auto': 'true' };

let cluster: Cluster;
let kube: KubeClient;
let endpoint: ListeningEndpoint;
let agent: Agent | undefined;

beforeAll(async () => {
  cluster = await startCluster('agent-modes', { bare: true });
  kube = new KubeClient(cluster);
}, 2 * MINUTES);

beforeEach(async () => {
  endpoint = await ListeningEndpoint.start();
});

afterEach(async () => {
  await agent?.program.stop();
  agent = undefined;
  await endpoint.stop();
});

afterAll(() => cluster.stop(), MINUTES);

/** A namespace with a Secret `db` and Deployments on it. */
async function scene(...names: readonly string[]): Promise<string> {
  const namespace = `ns-${randomUUID().slice(0, 8)}`;
  await kube.ensureNamespace(namespace);
  await kube.putSecret({ namespace, name: 'db' }, { password: 'first' });
  for (const name of names) await kube.createDeployment({ namespace, name }, { envSecrets: ['db'], annotations: AUTO });
  return namespace;
}

async function begin(namespace: string, env: Readonly<Record<string, string>>, ...args: string[]): Promise<Agent> {
  agent = await startAgent({
    kubeconfigPath: cluster.kubeconfigPath,
    env: { AGENT_NAMESPACE: `state-${namespace}`, KUBERNETES_NAMESPACE: namespace, ...env },
    args: ['--coalesce=50ms', ...args],
  });
  return agent;
}

const change = (namespace: string): Promise<void> =>
  kube.putSecret({ namespace, name: 'db' }, { password: randomUUID() });

const isRestarted = async (namespace: string, name: string): Promise<boolean> =>
  REVISION in (await kube.podAnnotations('Deployment', { namespace, name }));

async function untilRestarted(namespace: string, name: string): Promise<void> {
  await waitFor(`${namespace}/${name} to restart`, () => isRestarted(namespace, name));
}

const bodies = (): readonly string[] => endpoint.arrivals.map(({ body }) => body);

async function metrics(): Promise<string> {
  return (await fetch(`${agent?.opsUrl ?? ''}/metrics`)).text();
}

describe('webhook mode', () => {
  it('agent 187: tells each change of data, whoever uses it, and touches no workload', async () => {
    const namespace = await scene('app');
    await kube.putConfigMap({ namespace, name: 'unused' }, { key: 'first' });
    await begin(namespace, {}, `--webhook-url=${endpoint.url}/hook`);
    await change(namespace);
    await kube.putConfigMap({ namespace, name: 'unused' }, { key: 'second' });
    // No change of data.
    await kube.putConfigMap({ namespace, name: 'unused' }, { key: 'second' });
    await waitFor('both to be told', () => endpoint.arrivals.length >= 2);
    expect(endpoint.arrivals).toEqual([TOLD, TOLD]);
    expect(await isRestarted(namespace, 'app')).toBe(false);
  });

  it('agent 187: an endpoint that fails is told again; one that hangs keeps nothing from ending', async () => {
    const namespace = await scene();
    const { program } = await begin(namespace, {}, `--webhook-url=${endpoint.url}`);
    endpoint.status = 503;
    await change(namespace);
    await waitFor('the change to be told', () => endpoint.arrivals.length >= 1);
    endpoint.status = 200;
    await waitFor('the change to be told again', () => endpoint.arrivals.length >= 2);
    endpoint.status = null;
    for (let at = 0; at < 20; at += 1) await change(namespace);
    await waitFor('as many as may be under way at once', () => endpoint.arrivals.length >= 6);
    expect((await fetch(`${agent?.opsUrl ?? ''}/readyz`)).status).toBe(200);
    expect(await program.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});

describe('alerts', () => {
  const sentence = (namespace: string): string =>
    `Reloader detected changes in *db* of type *SECRET* in namespace *${namespace}*. ` +
    `Hence reloaded *app* of type *Deployment* in namespace *${namespace}*`;

  it.each([
    ['slack', (text: string) => ({ attachments: [{ text, color: 'good', author_name: 'Reloader' }] })],
    ['teams', (text: string) => ({ text })],
    ['gchat', (text: string) => ({ text })],
  ])('agent 188: tell %s of each restart', async (sink, shape) => {
    const namespace = await scene('app');
    const env = { ALERT_ON_RELOAD: 'true', ALERT_SINK: sink, ALERT_WEBHOOK_URL: endpoint.url };
    await begin(namespace, { ...env, ALERT_ADDITIONAL_INFO: 'eu-1' });
    await change(namespace);
    await waitFor('the alert', () => endpoint.arrivals.length >= 1);
    expect(bodies().map((body) => JSON.parse(body) as unknown)).toEqual([shape(`eu-1 : ${sentence(namespace)}`)]);
    await untilRestarted(namespace, 'app');
  });

  it('agent 188: tell anything else in plain text, by a proxy when there is one; one per workload', async () => {
    const namespace = await scene('app', 'other');
    await begin(namespace, {
      ALERT_ON_RELOAD: 'true',
      ALERT_WEBHOOK_URL: 'http://chat.example/room',
      ALERT_WEBHOOK_PROXY: endpoint.url,
    });
    await change(namespace);
    await waitFor('both alerts', () => endpoint.arrivals.length >= 2);
    expect(endpoint.arrivals[0]).toMatchObject({ contentType: 'text/plain', path: 'http://chat.example/room' });
    expect(bodies()).toContain(sentence(namespace).replaceAll('*', ''));
  });

  it('agent 188: an endpoint that refuses fails nothing, and its address stays secret', async () => {
    const namespace = await scene('app', 'other');
    endpoint.status = 404;
    const url = `${endpoint.url}/T0P-S3CRET`;
    const { program } = await begin(namespace, { ALERT_ON_RELOAD: 'true', ALERT_WEBHOOK_URL: url });
    await change(namespace);
    await untilRestarted(namespace, 'app');
    await untilRestarted(namespace, 'other');
    await waitFor('it to be told in the log', () => program.logs().includes('an alert could not be sent'));
    expect(program.logs()).toContain('the endpoint answered 404');
    expect(program.logs()).not.toContain('S3CRET');
  });
});

describe("Reloader's metrics", () => {
  it('agent 184: are there from the start under its names, with its labels', async () => {
    const namespace = await scene('app');
    await begin(namespace, { METRICS_COUNT_BY_NAMESPACE: 'enabled' }, '--reloader-metrics');
    const before = await metrics();
    for (const line of [
      '# TYPE reloader_reload_executed_total counter',
      'reloader_reload_executed_total{success="true"} 0',
      'reloader_reload_executed_total{success="false"} 0',
      '# TYPE reloader_reconcile_duration_seconds histogram',
      'reloader_skipped_total{reason="no_data_change"} 0',
      'reloader_action_total{workload_kind="Rollout",result="error"} 0',
      'reloader_workqueue_depth 0',
      '# TYPE reloader_workloads_scanned_total counter',
      'fleet_reloader_agent_pending_workloads 0',
    ]) {
      expect(before).toContain(line);
    }
    expect(before).toMatch(/^rest_client_requests_total\{code="200",method="GET",host="[^"]+"\} \d+$/m);
    expect(before).not.toContain('by_namespace{');

    await change(namespace);
    await untilRestarted(namespace, 'app');
    await waitFor('the restart to be counted', async () =>
      (await metrics()).includes('reloader_reload_executed_total{success="true"} 1'),
    );
    const after = await metrics();
    for (const line of [
      `reloader_reload_executed_total_by_namespace{success="true",namespace="${namespace}"} 1`,
      'reloader_reconcile_total{result="success"} 1',
      'reloader_action_total{workload_kind="Deployment",result="success"} 1',
      'reloader_action_latency_seconds_count{workload_kind="Deployment"} 1',
      'reloader_action_latency_seconds_bucket{le="60",workload_kind="Deployment"} 1',
      'reloader_workqueue_adds_total 1',
      'reloader_events_received_total{event_type="update",resource_type="secrets"} 1',
      'reloader_events_processed_total{event_type="update",resource_type="secrets",result="success"} 1',
      'reloader_workloads_matched_total{kind="Deployment"} 1',
    ]) {
      expect(after).toContain(line);
    }
  });

  it('agent 12, 36: say why a change restarted nothing', async () => {
    const namespace = await scene('app');
    await kube.putConfigMap({ namespace, name: 'cm' }, { key: 'first' });
    await begin(namespace, {}, '--reloader-metrics');
    const body = {
      metadata: { name: 'db', namespace, annotations: { note: 'new' } },
      stringData: { password: 'first' },
    };
    await kube.core.replaceNamespacedSecret({ namespace, name: 'db', body });
    await waitFor('the write to be counted', async () =>
      (await metrics()).includes('reloader_skipped_total{reason="no_data_change"} 1'),
    );
    await kube.putConfigMap({ namespace, name: 'cm' }, { key: 'second' });
    await waitFor('the change to be counted', async () =>
      (await metrics()).includes('reloader_skipped_total{reason="strategy_not_updated"} 1'),
    );
    expect(await metrics()).toContain('reloader_reload_executed_total{success="true"} 0');
    expect(await isRestarted(namespace, 'app')).toBe(false);
  });

  it('are not there unless they are asked for', async () => {
    await begin(await scene(), {});
    expect(await metrics()).not.toMatch(/^(reloader_|rest_client_)/m);
  });
});

describe('what runs', () => {
  it('agent 192: stands in a ConfigMap with three documents, written anew by each start', async () => {
    const namespace = await scene();
    const env = { RELOADER_NAMESPACE: namespace, RELOADER_DEPLOYMENT_NAME: 'release-reloader' };
    await begin(namespace, env, '--auto-reload-all=true', `--webhook-url=${endpoint.url}/T0P-S3CRET`);
    const read = () => kube.core.readNamespacedConfigMap({ namespace, name: 'reloader-meta-info' });
    const found = await waitFor('the ConfigMap', () => read().catch(() => undefined));
    expect(found.metadata?.labels).toEqual({ 'reloader.stakater.com/meta-info': 'reloader' });
    const documents = Object.entries(found.data ?? {}).map(([key, text]) => [key, JSON.parse(text) as unknown]);
    expect(Object.fromEntries(documents)).toEqual({
      buildInfo: expect.objectContaining({ releaseVersion: expect.any(String) as string, edition: 'oss' }) as unknown,
      reloaderOptions: expect.objectContaining({
        autoReloadAll: true,
        reloaderAutoAnnotation: 'reloader.stakater.com/auto',
        enableHA: false,
        reloadStrategy: 'annotations',
      }) as unknown,
      deploymentInfo: expect.objectContaining({ name: 'release-reloader', namespace }) as unknown,
    });
    expect(JSON.stringify(found.data)).not.toContain('S3CRET');
    await agent?.program.stop();
    await begin(namespace, env);
    await waitFor('it to be written anew', async () =>
      (await read()).data?.['reloaderOptions']?.includes('"autoReloadAll":false'),
    );
  });
});
