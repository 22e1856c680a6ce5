import { randomUUID } from 'node:crypto';
import { CoordinationV1Api, KubeConfig } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { FaultyProxy } from './faulty-proxy';

const MINUTES = 60_000;
const NAMESPACE = 'reloading';
const WHERE = { namespace: 'shop', name: 'app' };
/** A third of the usual times: what counts is their order. */
const TIMES = [
  '--leader-election-lease-duration=6s',
  '--leader-election-renew-deadline=4s',
  '--leader-election-retry-period=500ms',
];

let cluster: Cluster;
let kube: KubeClient;
let leases: CoordinationV1Api;
const agents = new Map<string, Agent>();

beforeAll(async () => {
  cluster = await startCluster('agent-replicas', { bare: true });
  kube = new KubeClient(cluster);
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfigPath);
  leases = config.makeApiClient(CoordinationV1Api);
  for (const namespace of [NAMESPACE, WHERE.namespace]) await kube.ensureNamespace(namespace);
  await kube.putSecret({ ...WHERE, name: 'db' }, { password: 'first' });
  await kube.createDeployment(WHERE, { envSecrets: ['db'], annotations: { 'reloader.stakater.com/auto': 'true' } });
}, 2 * MINUTES);

afterEach(async () => {
  for (const { program } of agents.values()) if (program.running) process.kill(program.pid, 'SIGCONT');
  await Promise.all([...agents.values()].map(({ program }) => program.stop()));
  agents.clear();
});

afterAll(() => cluster.stop(), MINUTES);

async function begin(name: string, kubeconfigPath = cluster.kubeconfigPath): Promise<Agent> {
  const agent = await startAgent({
    kubeconfigPath,
    env: { POD_NAME: name, POD_NAMESPACE: NAMESPACE, AGENT_NAMESPACE: NAMESPACE },
    args: ['--enable-ha', '--coalesce=50ms', ...TIMES],
  });
  agents.set(name, agent);
  return agent;
}

const holder = async (): Promise<string | undefined> =>
  (await leases.readNamespacedLease({ namespace: NAMESPACE, name: 'stakater-reloader-lock' })).spec?.holderIdentity;

/** How often the workload was written to: nobody but agents does. */
const restarts = async (): Promise<number> => ((await kube.read('Deployment', WHERE)).metadata?.generation ?? 1) - 1;

const change = (): Promise<void> => kube.putSecret({ ...WHERE, name: 'db' }, { password: randomUUID() });

async function untilRestarts(count: number): Promise<void> {
  await waitFor(`restart ${count}`, async () => (await restarts()) >= count, { timeoutMs: 30_000, intervalMs: 50 });
  expect(await restarts()).toBe(count);
}

async function probe(agent: Agent | undefined, path: string): Promise<{ code: number; text: string }> {
  const response = await fetch(`${agent?.opsUrl ?? ''}${path}`);
  return { code: response.status, text: await response.text() };
}

/** The agent's own words about its PATCHes: of whatever it sends the API server counts one. */
async function patches(agent: Agent | undefined): Promise<number> {
  const { text } = await probe(agent, '/metrics');
  return Number(/^fleet_reloader_agent_patch_seconds_count (\d+)$/m.exec(text)?.[1] ?? 0);
}

describe('two replicas', () => {
  it(
    'agent 186: the holder of the Lease acts alone; the other is ready, and takes over what comes after the end of the first',
    async () => {
      const first = await begin('a');
      const second = await begin('b');
      expect(await holder()).toBe('a');
      expect(await probe(second, '/readyz?verbose')).toMatchObject({
        code: 200,
        text: expect.stringContaining('[+]leadership ok: standing by, a leads') as string,
      });
      expect((await probe(second, '/startupz')).code).toBe(200);
      const before = await restarts();
      await change();
      await untilRestarts(before + 1);
      expect(await patches(second)).toBe(0);

      const ended = Date.now();
      expect(await first.program.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      await change();
      await untilRestarts(before + 2);
      expect(await holder()).toBe('b');
      // It was let go: nobody waited for its end.
      expect(Date.now() - ended).toBeLessThan(5000);
    },
    MINUTES,
  );

  it(
    'agent 186: a leader that is told to end lets go also while a write of its own gets no answer',
    async () => {
      const proxy = await FaultyProxy.start(cluster.url);
      try {
        const first = await begin('a', await proxy.kubeconfigFor(cluster));
        await begin('b');
        const before = await restarts();
        proxy.decide((url, verb) => (verb === 'PATCH' && url.includes('/deployments/') ? 'stall' : 'pass'));
        await change();
        await waitFor('the write', () => proxy.requests.some((one) => /^PATCH .*\/deployments\//.test(one)));
        const ended = Date.now();
        void first.program.kill('SIGTERM');
        await untilRestarts(before + 1);
        expect(await holder()).toBe('b');
        // Its Lease alone would have taken longer to run out than it took to let go.
        expect(Date.now() - ended).toBeLessThan(5900);
      } finally {
        await proxy.close();
      }
    },
    MINUTES,
  );

  it(
    'agent 186: what changes while nobody leads is done once, by the next',
    async () => {
      const first = await begin('a');
      await begin('b');
      const before = await restarts();
      await change();
      await untilRestarts(before + 1);
      await first.program.kill('SIGKILL');
      await change();
      await untilRestarts(before + 2);
      expect(await holder()).toBe('b');
      await begin('a');
      await change();
      await untilRestarts(before + 3);
    },
    MINUTES,
  );

  it(
    'agent 185, 186: a leader that was stopped for long writes nothing when it goes on, and says at its probes that it is over',
    async () => {
      const first = await begin('a');
      await begin('b');
      const before = await restarts();
      expect(await probe(first, '/live')).toEqual({ code: 200, text: 'alive' });
      process.kill(first.program.pid, 'SIGSTOP');
      await change();
      await untilRestarts(before + 1);
      await change();
      await untilRestarts(before + 2);
      process.kill(first.program.pid, 'SIGCONT');
      await waitFor('the loss to be seen', async () => (await probe(first, '/live')).code === 500);
      expect((await probe(first, '/livez')).code).toBe(500);
      expect((await probe(first, '/readyz')).text).toContain('[-]leadership failed');
      expect(first.program.logs()).toContain('the leadership is lost');
      await change();
      await untilRestarts(before + 3);
      expect(await patches(first)).toBe(0);
      expect(await holder()).toBe('b');
      expect(await first.program.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(await holder()).toBe('b');
    },
    MINUTES,
  );
});
