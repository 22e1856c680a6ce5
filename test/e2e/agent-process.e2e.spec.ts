import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { freePort } from '@test/processes/ports';
import { Program } from '@test/processes/program';
import { startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';

const MINUTE = 60_000;
const KEY = 'c0ffee'.padEnd(64, '0');

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster('agent-process', { bare: true });
}, 2 * MINUTE);
afterAll(() => cluster.stop(), MINUTE);

async function probe(url: string): Promise<{ code: number; text: string }> {
  const response = await fetch(url);
  return { code: response.status, text: await response.text() };
}

it('tells all problems of its configuration by name and ends with 78', async () => {
  const program = new Program('agent', { HUB_URL: 'nowhere', AGENT_OPS_PORT: 'x', FINGERPRINT_KEY: 'short' }, [
    '--enable-ha',
    '--what',
  ]);
  program.start();
  expect(await program.ended()).toEqual({ code: 78, signal: null });
  for (const name of ['KUBECONFIG', 'HUB_URL', 'AGENT_OPS_PORT', 'FINGERPRINT_KEY', '--enable-ha', '--what']) {
    expect(program.logs()).toContain(`${name}`);
  }
  expect(program.logs()).not.toContain('short');
  await program.stop();
});

it(
  'agent 193: started with a kubeconfig, outside of any cluster, it serves probes and metrics, keeps secrets out of its log, and ends in good order',
  async () => {
    const agent = await startAgent({ kubeconfigPath: cluster.kubeconfigPath, fingerprintKey: KEY });
    expect(await probe(`${agent.opsUrl}/livez`)).toEqual({ code: 200, text: 'ok\n' });
    expect(await probe(`${agent.opsUrl}/startupz`)).toEqual({ code: 200, text: 'ok\n' });
    expect(await probe(`${agent.opsUrl}/readyz`)).toEqual({ code: 200, text: 'ok\n' });
    expect((await probe(`${agent.opsUrl}/readyz?verbose`)).text).toContain('[+]watch Secret ok\n');
    expect((await probe(`${agent.opsUrl}/nothing`)).code).toBe(404);
    const metrics = await probe(`${agent.opsUrl}/metrics`);
    expect(metrics.text).toContain('fleet_reloader_agent_watch_up{kind="Secret"} 1');
    expect(metrics.text).toContain('fleet_reloader_agent_pending_workloads 0');
    expect(agent.program.logs()).not.toContain(KEY);
    expect(agent.program.logs()).not.toContain('admin');
    expect(await agent.program.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await agent.program.stop();
  },
  MINUTE,
);

it(
  'waits for an API server that is away, at its start and later, and says so',
  async () => {
    await cluster.stopApiServer();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = new Program('agent', { KUBECONFIG: cluster.kubeconfigPath, AGENT_OPS_PORT: String(port) });
    program.start();
    await waitFor('the trouble to be told', () => program.logs().includes('the cluster can not be prepared'));
    expect((await probe(`${url}/livez`)).code).toBe(200);
    expect((await probe(`${url}/startupz`)).code).toBe(503);
    expect(await probe(`${url}/readyz`)).toMatchObject({
      code: 503,
      text: expect.stringContaining('[-]inventory') as string,
    });
    await cluster.startApiServer();
    await program.ready();
    await cluster.killApiServer();
    await waitFor('readiness to be lost', async () => (await probe(`${url}/readyz`)).text.includes('[-]watch Secret'));
    await cluster.startApiServer();
    await waitFor('readiness to come back', async () => (await probe(`${url}/readyz`)).code === 200);
    await program.stop();
  },
  2 * MINUTE,
);

it(
  'ends at once when it is told to before it could start',
  async () => {
    await cluster.stopApiServer();
    const program = new Program('agent', { KUBECONFIG: cluster.kubeconfigPath, AGENT_OPS_PORT: '0' });
    program.start();
    await waitFor('the trouble to be told', () => program.logs().includes('the cluster can not be prepared'));
    expect(await program.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await cluster.startApiServer();
    await program.stop();
  },
  MINUTE,
);
