import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { AUTO } from './agent-case-rows';
import { FaultyProxy } from './faulty-proxy';
import { Sentinels } from './sentinels';

const REVISION = 'fleet-reloader.io/revision';
const MINUTES = 60_000;
const GONE = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, reason: 'Expired', message: 'too old' };

let cluster: Cluster;
let kube: KubeClient;
let sentinels: Sentinels;
let proxy: FaultyProxy;
let agent: Agent;

/** What keeps the agent from seeing a change, and how that ends. */
type Outage = Readonly<{ title: string; begin: () => Promise<unknown>; end: () => Promise<unknown> }>;

const isWatch = (url: string): boolean => url.includes('watch=');
const pass = (): Promise<void> => Promise.resolve(proxy.decide(() => 'pass'));

const OUTAGES: readonly Outage[] = [
  {
    title: 'agent 158: the agent is down',
    begin: () => agent.program.kill('SIGKILL'),
    end: () => agent.program.restart(),
  },
  {
    title: 'the API server can not be reached',
    begin: () => {
      proxy.decide(() => ({ code: 503, body: {} }));
      proxy.cutAll();
      return Promise.resolve();
    },
    end: pass,
  },
  {
    title: 'a watch is dropped in the middle of a line',
    begin: () => {
      proxy.decide((url) => (isWatch(url) ? { code: 503, body: {} } : 'pass'));
      proxy.cutAll('{"type":"MODIFIED","object":{"kind":"Secr');
      return Promise.resolve();
    },
    end: pass,
  },
  {
    title: 'the version to go on from is too old (410)',
    begin: () => {
      let answers = 6;
      proxy.decide((url) => (isWatch(url) && (answers -= 1) >= 0 ? { code: 410, body: GONE } : 'pass'));
      proxy.cutAll();
      return Promise.resolve();
    },
    end: pass,
  },
  {
    title: 'the API server is killed right after the change',
    begin: () => Promise.resolve(proxy.decide((url) => (isWatch(url) ? 'stall' : 'pass'))),
    end: async () => {
      await cluster.killApiServer();
      await pass();
      proxy.cutAll();
      await cluster.startApiServer();
    },
  },
];

describe.each(['annotations', 'env-vars'] as const)('with the strategy %s', (strategy) => {
  beforeAll(async () => {
    cluster = await startCluster(`agent-level-${strategy}`, { bare: true });
    kube = new KubeClient(cluster);
    sentinels = new Sentinels(kube);
    await sentinels.prepare();
    proxy = await FaultyProxy.start(cluster.url);
    const kubeconfigPath = await proxy.kubeconfigFor(cluster);
    agent = await startAgent({ kubeconfigPath, args: [`--reload-strategy=${strategy}`, '--coalesce=200ms'] });
  }, 2 * MINUTES);

  afterAll(async () => {
    await agent?.program.stop();
    await proxy?.close();
    await cluster?.stop();
  }, MINUTES);

  async function made(namespace: string): Promise<Name> {
    const where = { namespace, name: 'app' };
    await kube.ensureNamespace(namespace);
    await kube.putSecret({ namespace, name: 'db' }, { password: 'first' });
    await kube.createDeployment(where, { envSecrets: ['db'], annotations: AUTO });
    await waitFor('its baseline to be written', async () => {
      const { items } = await kube.core.listNamespacedConfigMap({ namespace: 'fleet-reloader' });
      return JSON.stringify(items).includes(`Deployment/${namespace}/app`);
    });
    return where;
  }

  it.each(OUTAGES.map((outage, at) => [outage.title, outage, at] as const))(
    '%s: what changes meanwhile is carried out exactly once',
    async (_title, { begin, end }, at) => {
      const where = await made(`outage-${at}`);
      await begin();
      await kube.putSecret({ ...where, name: 'db' }, { password: 'second' });
      await kube.putSecret({ ...where, name: 'db' }, { password: 'third' });
      await end();
      await waitFor('the restart', async () => REVISION in (await kube.podAnnotations('Deployment', where)));
      await sentinels.everythingBeforeIsDone();
      const { metadata, spec } = await kube.apps.readNamespacedDeployment(where);
      expect(metadata?.generation).toBe(2);
      expect(spec?.template.spec?.containers[0]?.env?.length ?? 0).toBe(strategy === 'env-vars' ? 1 : 0);
    },
    MINUTES,
  );
});
