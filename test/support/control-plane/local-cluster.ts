import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentWith } from '../environment';
import { ManagedProcess } from '../processes/managed-process';
import { freePorts } from '../processes/ports';
import { waitFor } from '../wait';
import { apiCall } from './api-call';
import { argumentsOf } from './arguments';
import type { Place } from './arguments';
import type { Part } from './binaries';
import type { Cluster, ClusterOptions } from './cluster';
import { kubeconfig } from './kubeconfig';
import { NODE } from './node-object';
import { kubernetesSources } from './repository';

const READY_TIMEOUT_MS = 90_000;
/** Asked to end, it waits up to a minute for its watchers to go; nobody here has that time. */
const API_SERVER_GRACE_MS = 2_000;
/** A cluster lives for seconds: memory that it will never need again is not worth looking for until there is much of it. */
const COLLECT_LATE = { GOGC: '400', GOMEMLIMIT: '512MiB' };
/** They exit when the API server they meet is not complete yet, and are then started again. */
const CONTROLLERS: readonly Part[] = ['kube-controller-manager', 'kube-scheduler', 'kwok'];

/** A cluster made of processes on this machine. */
export class LocalCluster implements Cluster {
  readonly origin: string;
  readonly token = randomBytes(16).toString('hex');
  private readonly processes = new Map<Part, ManagedProcess>();

  private constructor(
    readonly name: string,
    private readonly binaries: string,
    private readonly place: Place,
    private readonly options: ClusterOptions,
  ) {
    this.origin = binaries;
  }

  static async start(name: string, binaries: string, options: ClusterOptions): Promise<LocalCluster> {
    const directory = await mkdtemp(join(tmpdir(), `fleet-reloader-${name}-`));
    const [apiPort = 0, etcdPort = 0, etcdPeerPort = 0] = await freePorts(3);
    const nodesFile = join(kubernetesSources(), 'nodes.yaml');
    const place = { directory, apiPort, etcdPort, etcdPeerPort, nodesFile };
    const cluster = new LocalCluster(name, binaries, place, options);
    try {
      await cluster.bringUp();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get url(): string {
    return `https://127.0.0.1:${this.place.apiPort}`;
  }

  get kubeconfigPath(): string {
    return join(this.place.directory, 'kubeconfig');
  }

  async stopApiServer(): Promise<void> {
    await this.processes.get('kube-apiserver')?.stop(API_SERVER_GRACE_MS);
  }

  async killApiServer(): Promise<void> {
    await this.processes.get('kube-apiserver')?.kill('SIGKILL');
  }

  async startApiServer(): Promise<void> {
    await this.runApiServer();
    if (!this.options.bare) await this.untilPodsRun();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes.values()].map((child) => child.kill('SIGKILL')));
    await rm(this.place.directory, { recursive: true, force: true });
  }

  private async bringUp(): Promise<void> {
    await this.writeCredentials();
    this.run('etcd');
    await this.runApiServer();
    await this.writeKubeconfig();
    if (!this.options.bare) await this.untilPodsRun();
  }

  private async writeCredentials(): Promise<void> {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs1', format: 'pem' });
    await writeFile(join(this.place.directory, 'service-accounts.key'), key, { mode: 0o600 });
    const tokens = `${this.token},administrator,administrator,"system:masters"\n`;
    await writeFile(join(this.place.directory, 'tokens.csv'), tokens, { mode: 0o600 });
  }

  /** The API server made its own certificate at its first start; trusting it keeps TLS verification in the tests. */
  private async writeKubeconfig(): Promise<void> {
    const certificateAuthority = await readFile(join(this.place.directory, 'certificates', 'apiserver.crt'), 'utf8');
    const facts = { name: this.name, server: this.url, token: this.token, certificateAuthority };
    await writeFile(this.kubeconfigPath, kubeconfig(facts), { mode: 0o600 });
  }

  private run(part: Part): void {
    const child = ManagedProcess.start({
      name: `${this.name}/${part}`,
      command: join(this.binaries, part),
      args: argumentsOf(part, this.place),
      env: environmentWith(this.options.measured ? {} : COLLECT_LATE),
      logFile: join(this.place.directory, `${part}.log`),
    });
    this.processes.set(part, child);
  }

  private async runApiServer(): Promise<void> {
    this.run('kube-apiserver');
    await this.poll('its API server to be ready', async () => {
      this.failWhenEnded('etcd');
      this.failWhenEnded('kube-apiserver');
      return (await this.get('/readyz')) === 'ok';
    });
  }

  private failWhenEnded(part: Part): void {
    const child = this.processes.get(part);
    if (child && !child.running) throw new Error(`${child.spec.name} ended at its start: ${child.tail()}`);
  }

  /** A pod can run when there is an account to run it as and a node to run it on. Parts that ended are started. */
  private async untilPodsRun(): Promise<void> {
    await this.poll('its node to be ready', async () => {
      for (const part of CONTROLLERS) {
        if (!this.processes.get(part)?.running) this.run(part);
      }
      const account = await this.get('/api/v1/namespaces/default/serviceaccounts/default');
      const node = await this.get('/api/v1/nodes/node-1');
      if (node === undefined) await apiCall({ port: this.place.apiPort, token: this.token }, '/api/v1/nodes', NODE);
      return account !== undefined && node !== undefined && nodeIsReady(node);
    });
  }

  private async get(path: string): Promise<string | undefined> {
    const answer = await apiCall({ port: this.place.apiPort, token: this.token }, path);
    return answer?.status === 200 ? answer.body : undefined;
  }

  private async poll(what: string, look: () => Promise<boolean>): Promise<void> {
    const describe = (): string => [...this.processes.values()].map((p) => `${p.spec.name}: ${p.tail()}`).join('\n');
    await waitFor(`cluster ${this.name}: ${what}`, look, { timeoutMs: READY_TIMEOUT_MS, intervalMs: 100, describe });
  }
}

function nodeIsReady(node: string): boolean {
  const { status } = JSON.parse(node) as { status?: { conditions?: { type: string; status: string }[] } };
  return (status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True');
}
