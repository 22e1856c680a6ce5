import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GenericContainer, Network, Wait } from 'testcontainers';
import type { StartedNetwork, StartedTestContainer } from 'testcontainers';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient } from '@test/kube';
import { runCommand } from '@test/processes/run-command';
import { waitFor } from '@test/wait';

const PREFIX = 'localhost/fleet-reloader';
const ROOT = join(__dirname, '..', '..');
const HUB_PORT = 8080;
const HUB_OPS_PORT = 8081;
const TOKEN = `test-${randomBytes(16).toString('hex')}`;

describe('the container images', () => {
  const started: { stop(): Promise<unknown> }[] = [];
  let hub: StartedTestContainer;
  let cluster: Cluster;

  beforeAll(async () => {
    await runCommand('bash', ['scripts/images.sh'], { cwd: ROOT });
    const network = keep(await new Network().start());
    keep(await redis(network).start());
    hub = keep(await hubOn(network).start());
    cluster = keep(await startCluster('images', { bare: true }));
    await new KubeClient(cluster).ensureNamespace('fleet-reloader');
  }, 300_000);
  afterAll(async () => {
    for (const part of started.reverse()) await part.stop();
  }, 60_000);

  function keep<T extends { stop(): Promise<unknown> }>(part: T): T {
    started.push(part);
    return part;
  }

  /** A call of the hub's API as its administrator; gives the body. */
  async function hubApi(path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${hubUrl()}/api/v1${path}`, {
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  /** The connection state of a cluster; undefined as long as the hub does not know it. */
  async function stateOf(name: string): Promise<unknown> {
    const { items } = (await hubApi('/clusters')) as { items: { name: string; state: string }[] };
    return items.find((cluster) => cluster.name === name)?.state;
  }

  function hubUrl(): string {
    return `http://${hub.getHost()}:${hub.getMappedPort(HUB_PORT)}`;
  }

  it('run a hub that is ready with the Redis of another container', async () => {
    const answer = await fetch(`http://${hub.getHost()}:${hub.getMappedPort(HUB_OPS_PORT)}/readyz`);
    expect(answer.status).toBe(200);
  });

  it('run an agent that enrols and comes online', async () => {
    const { token } = await hubApi('/enrolment-tokens', { cluster: 'contained' });
    const agent = new GenericContainer(`${PREFIX}/agent:local`)
      .withNetworkMode('host') // it has to reach an API server that listens on this machine's loopback only
      .withCopyContentToContainer([
        { content: await readFile(cluster.kubeconfigPath, 'utf8'), target: '/tmp/kubeconfig', mode: 0o644 },
      ])
      .withEnvironment({
        HUB_URL: hubUrl(),
        CLUSTER_NAME: 'contained',
        ENROLMENT_TOKEN: String(token),
        KUBECONFIG: '/tmp/kubeconfig',
        AGENT_OPS_PORT: '0',
      })
      .withWaitStrategy(Wait.forLogMessage('"msg":"ready"'));
    keep(await agent.start());
    await waitFor('the agent to be online', async () => (await stateOf('contained')) === 'Online');
  }, 120_000);

  it('run without a user of their own and need no place to write', async () => {
    const options = ['run', '--rm', '--read-only', '--network', 'none'];
    for (const app of ['hub', 'agent']) {
      const node = ['--entrypoint', '/nodejs/bin/node', `${PREFIX}/${app}:local`];
      const output = await runCommand('docker', [...options, ...node, '--print', 'process.getuid()']);
      expect(output).toContain('65532');
    }
  });
});

function redis(network: StartedNetwork): GenericContainer {
  const options = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--bind', '0.0.0.0'];
  return new GenericContainer(`${PREFIX}/redis:local`)
    .withNetwork(network)
    .withNetworkAliases('redis')
    .withCommand(['redis-server', ...options, '--protected-mode', 'no'])
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'));
}

function hubOn(network: StartedNetwork): GenericContainer {
  return new GenericContainer(`${PREFIX}/hub:local`)
    .withNetwork(network)
    .withExposedPorts(HUB_PORT, HUB_OPS_PORT)
    .withEnvironment({ REDIS_URL: 'redis://redis:6379', HUB_ADMIN_TOKEN: TOKEN })
    .withWaitStrategy(Wait.forHttp('/readyz', HUB_OPS_PORT).forStatusCode(200));
}
