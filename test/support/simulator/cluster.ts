import { writeFileSync } from 'node:fs';
import { type Socket, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Cluster } from '../control-plane/cluster';
import { kubeconfig } from '../control-plane/kubeconfig';
import { ApiServer } from './api-server';
import type { SimulatorClock } from './clock';
import { ControllerManager } from './controllers/manager';
import { Faults, matches, type RequestMatch } from './faults';
import type { Served } from './handler';
import type { ApiRequest } from './request';
import { RequestLog } from './request-log';
import { NAMESPACES, NODES } from './resources';
import { ClusterObjects } from './cluster-objects';
import { Store } from './store';
import { WatchStream } from './watch';

export interface ClusterOptions {
  readonly labels?: Readonly<Record<string, string>>;
  /** Milliseconds before every answer; default 0. */
  readonly latencyMs?: number;
  /** Milliseconds from a pod's creation to ready, unless its annotation says otherwise; default 0. */
  readonly readyAfterMs?: number;
  /** Milliseconds from a change to the controllers' reaction; default 0. */
  readonly controllerDelayMs?: number;
  /** Number of nodes, so of pods per DaemonSet; default 1. */
  readonly nodes?: number;
  /** Milliseconds between bookmarks; default one minute, as in real servers. */
  readonly bookmarkMs?: number;
  /** Milliseconds that a watch without `timeoutSeconds` lives; default 30 minutes. */
  readonly watchTimeoutMs?: number;
}

/** What the simulator does for its clusters. */
export interface Host {
  /** Speaks HTTP on a connection to this cluster. */
  accept(cluster: SimulatedCluster, socket: Socket): void;
  /** A directory that is removed in the end. */
  directory(): string;
}

/** How long `startApiServer` tries to get its old port back, in milliseconds. */
const PORT_PATIENCE_MS = 5_000;
const PORT_RETRY_MS = 25;
const FIRST_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** One simulated cluster: its objects, its controllers, and its own port to reach them by. */
export class SimulatedCluster implements Served, Cluster {
  readonly origin = 'simulator';
  readonly token = 'simulated';
  readonly labels: Readonly<Record<string, string>>;
  readonly store = new Store();
  readonly faults = new Faults();
  readonly requests = new RequestLog();
  readonly api: ApiServer;
  /** Objects as a test makes and reads them, without HTTP. */
  readonly objects: ClusterObjects;
  latencyMs: number;
  private readonly controllers: ControllerManager;
  private readonly watches = new Set<WatchStream>();
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  constructor(
    readonly name: string,
    readonly clock: SimulatorClock,
    private readonly options: ClusterOptions,
    private readonly host: Host,
  ) {
    this.labels = options.labels ?? {};
    this.latencyMs = options.latencyMs ?? 0;
    this.api = new ApiServer(this.store, clock);
    this.objects = new ClusterObjects(this.api);
    this.seed(options.nodes ?? 1);
    this.controllers = new ControllerManager(this.api, clock, {
      delayMs: options.controllerDelayMs ?? 0,
      readyAfterMs: options.readyAfterMs ?? 0,
    });
  }

  /** Where the API answers; stays the same over an outage. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A kubeconfig for this cluster as text. */
  kubeconfig(): string {
    return kubeconfig({ name: this.name, server: this.url, token: this.token });
  }

  /** Path of a file with the kubeconfig, written when asked for, gone when the simulator stops. */
  get kubeconfigPath(): string {
    const path = join(this.host.directory(), `${this.name}.kubeconfig`);
    writeFileSync(path, this.kubeconfig(), { mode: 0o600 });
    return path;
  }

  /** The API server comes up, at the port it had. Its objects have stayed, and its controllers have worked on. */
  async startApiServer(): Promise<void> {
    const deadline = Date.now() + PORT_PATIENCE_MS;
    while (!(await this.listen())) {
      if (Date.now() > deadline) throw new Error(`cluster ${this.name}: port ${this.port} is taken`);
      await new Promise((resolve) => setTimeout(resolve, PORT_RETRY_MS));
    }
  }

  /** The API server goes down: connections break, new ones are refused. The controllers go on. */
  async stopApiServer(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    for (const watch of [...this.watches]) watch.close();
    for (const socket of this.sockets) socket.destroy();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** The same as `stopApiServer`: there is nothing that a power cut could lose. */
  killApiServer(): Promise<void> {
    return this.stopApiServer();
  }

  /** Ends the cluster for good: server and controllers. */
  async stop(): Promise<void> {
    this.controllers.stop();
    await this.stopApiServer();
  }

  openWatch(request: ApiRequest): WatchStream {
    const { bookmarkMs = 60_000, watchTimeoutMs = 1_800_000 } = this.options;
    const timing = { bookmarkMs, timeoutMs: watchTimeoutMs };
    const watch = new WatchStream(this.store, request, this.clock, timing);
    this.watches.add(watch);
    watch.onClose(() => this.watches.delete(watch));
    return watch;
  }

  /** How many watches are open. */
  watchCount(match: RequestMatch = {}): number {
    return this.chosen(match).length;
  }

  /** Ends open watches, as a server does at their time-out. */
  cutWatches(match: RequestMatch = {}): void {
    for (const watch of this.chosen(match)) watch.end();
  }

  /** Open watches fall silent without closing. New watches work. */
  freezeWatches(match: RequestMatch = {}): void {
    for (const watch of this.chosen(match)) watch.freeze();
  }

  /** Frozen watches deliver what they held back. */
  thawWatches(): void {
    for (const watch of this.watches) watch.thaw();
  }

  /** Sends a bookmark at once to every watch that asked for bookmarks. */
  sendBookmarks(): void {
    for (const watch of this.watches) watch.bookmark();
  }

  /** Forgets old versions: watches and lists from before now answer 410. */
  compact(): void {
    this.store.compact();
  }

  private chosen(match: RequestMatch): WatchStream[] {
    return [...this.watches].filter((watch) => matches(match, watch.request));
  }

  private listen(): Promise<boolean> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      this.host.accept(this, socket);
    });
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
      );
      server.listen(this.port, '127.0.0.1', () => {
        const address = server.address();
        if (address !== null && typeof address === 'object') this.port = address.port;
        this.server = server;
        resolve(true);
      });
    });
  }

  private seed(nodes: number): void {
    const writer = { manager: 'simulator' };
    for (const name of FIRST_NAMESPACES) this.api.create(NAMESPACES, undefined, { metadata: { name } }, writer);
    for (let index = 1; index <= nodes; index++) {
      const name = `node-${index}`;
      const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' };
      this.api.create(NODES, undefined, { metadata: { name, labels } }, writer);
    }
  }
}
