import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartedNetwork, StartedTestContainer } from 'testcontainers';
import { freePort } from '../processes/ports';
import { startReaper } from '../processes/reaper';
import { runCommand } from '../processes/run-command';
import { waitFor } from '../wait';
import { apiCall } from './api-call';
import type { Cluster, ClusterOptions } from './cluster';
import { kubeconfig } from './kubeconfig';
import { NODE } from './node-object';
import { kubernetesSources } from './repository';

const K3S_IMAGE = 'rancher/k3s:v1.34.1-k3s1';
const KWOK_IMAGE = 'registry.k8s.io/kwok/kwok:v0.7.0';
const PORT = 6443;
const READY_TIMEOUT_MS = 120_000;
/** No workload of its own, no node of its own: nodes are pretended, as in a local cluster. */
const SERVER = ['server', '--disable-agent', '--disable=coredns,servicelb,traefik,local-storage,metrics-server'];

/** A cluster in containers: K3s without nodes, and kwok in the place of nodes. Its host port outlives an outage. */
export class ContainerCluster implements Cluster {
  readonly origin = K3S_IMAGE;
  readonly token = randomBytes(16).toString('hex');
  private readonly containers: StartedTestContainer[] = [];
  private readonly reapers: { dismiss(): void }[] = [];
  private network: StartedNetwork | undefined;

  private constructor(
    readonly name: string,
    private readonly port: number,
    private readonly directory: string,
  ) {}

  static async start(name: string, options: ClusterOptions): Promise<ContainerCluster> {
    const directory = await mkdtemp(join(tmpdir(), `fleet-reloader-${name}-`));
    const cluster = new ContainerCluster(name, await freePort(), directory);
    try {
      await cluster.bringUp(options.bare === true);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  get kubeconfigPath(): string {
    return join(this.directory, 'kubeconfig');
  }

  async stopApiServer(): Promise<void> {
    await runCommand('docker', ['stop', this.serverId()]);
  }

  async killApiServer(): Promise<void> {
    await runCommand('docker', ['kill', this.serverId()]);
  }

  async startApiServer(): Promise<void> {
    await runCommand('docker', ['start', this.serverId()]);
    await this.untilReady();
  }

  async stop(): Promise<void> {
    for (const container of this.containers.reverse()) await container.stop({ timeout: 0 });
    await this.network?.stop();
    for (const reaper of this.reapers) reaper.dismiss();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async bringUp(bare: boolean): Promise<void> {
    const { GenericContainer, Network, Wait } = await import('testcontainers');
    this.network = await new Network().start();
    const tokens = `${this.token},administrator,administrator,"system:masters"\n`;
    const server = new GenericContainer(K3S_IMAGE)
      .withNetwork(this.network)
      .withNetworkAliases('server')
      .withExposedPorts({ container: PORT, host: this.port })
      .withCopyContentToContainer([{ content: tokens, target: '/etc/fleet-reloader-tokens.csv' }])
      .withCommand([...SERVER, '--kube-apiserver-arg=token-auth-file=/etc/fleet-reloader-tokens.csv'])
      .withWaitStrategy(Wait.forListeningPorts());
    this.keep(await server.start());
    await this.writeKubeconfig();
    await this.untilReady();
    if (bare) return;
    const inside = kubeconfig({ name: this.name, server: `https://server:${PORT}`, token: this.token });
    const nodes = await readFile(join(kubernetesSources(), 'nodes.yaml'), 'utf8');
    const kwok = new GenericContainer(KWOK_IMAGE)
      .withNetwork(this.network)
      .withCopyContentToContainer([{ content: inside, target: '/kubeconfig' }])
      .withCopyContentToContainer([{ content: nodes, target: '/nodes.yaml' }])
      .withCommand(['--kubeconfig=/kubeconfig', '--config=/nodes.yaml', '--manage-all-nodes=true']);
    this.keep(await kwok.start());
    await this.untilPodsRun();
  }

  private keep(container: StartedTestContainer): void {
    this.containers.push(container);
    this.reapers.push(startReaper(['docker', 'rm', '-f', '-v', container.getId()]));
  }

  private serverId(): string {
    const [server] = this.containers;
    if (!server) throw new Error(`cluster ${this.name} is not started`);
    return server.getId();
  }

  /** The authority lies in the container as soon as the server listens. */
  private async writeKubeconfig(): Promise<void> {
    const certificateAuthority = await waitFor('the certificate of K3s', async () => {
      const path = '/var/lib/rancher/k3s/server/tls/server-ca.crt';
      return (await runCommand('docker', ['exec', this.serverId(), 'cat', path]).catch(() => undefined)) || undefined;
    });
    const facts = { name: this.name, server: this.url, token: this.token, certificateAuthority };
    await writeFile(this.kubeconfigPath, kubeconfig(facts), { mode: 0o600 });
  }

  private async untilReady(): Promise<void> {
    const look = async (): Promise<boolean> => (await this.get('/readyz')) === 'ok';
    await waitFor(`cluster ${this.name} to be ready`, look, { timeoutMs: READY_TIMEOUT_MS, intervalMs: 200 });
  }

  private async untilPodsRun(): Promise<void> {
    const access = { port: this.port, token: this.token };
    const look = async (): Promise<boolean> => {
      const account = await this.get('/api/v1/namespaces/default/serviceaccounts/default');
      const node = await this.get('/api/v1/nodes/node-1');
      if (node === undefined) await apiCall(access, '/api/v1/nodes', NODE);
      return account !== undefined && node?.includes('"KubeletReady"') === true;
    };
    await waitFor(`the node of cluster ${this.name}`, look, { timeoutMs: READY_TIMEOUT_MS, intervalMs: 200 });
  }

  private async get(path: string): Promise<string | undefined> {
    const answer = await apiCall({ port: this.port, token: this.token }, path);
    return answer?.status === 200 ? answer.body : undefined;
  }
}

/** Whether an engine answers and has the images, or can get them, which may take minutes. */
export async function imagesAreToBeHad(say: (text: string) => void): Promise<boolean> {
  try {
    await runCommand('docker', ['info']);
    for (const image of [K3S_IMAGE, KWOK_IMAGE]) await ensureImage(image, say);
    return true;
  } catch {
    return false;
  }
}

async function ensureImage(image: string, say: (text: string) => void): Promise<void> {
  try {
    await runCommand('docker', ['image', 'inspect', image]);
  } catch {
    say(`pulling ${image}`);
    await runCommand('docker', ['pull', '--quiet', image]);
  }
}
