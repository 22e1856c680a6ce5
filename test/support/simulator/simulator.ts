import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SimulatorClock, systemClock } from './clock';
import { type ClusterOptions, type Host, SimulatedCluster } from './cluster';
import { serve } from './handler';

/** Longer than a client keeps an idle connection, so that the server is never the one to close it under a request. */
const KEEP_ALIVE_MS = 120_000;

/** Many Kubernetes clusters in one process: one HTTP server, and a port for each cluster. */
export class Simulator implements Host {
  private readonly clusters = new Map<string, SimulatedCluster>();
  private readonly owners = new WeakMap<Socket, SimulatedCluster>();
  private readonly http: Server;
  private files: string | undefined;

  constructor(private readonly clock: SimulatorClock) {
    const options = { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 };
    this.http = createServer(options, (message, response) => {
      const cluster = this.owners.get(message.socket);
      if (cluster) void serve(cluster, message, response);
      else message.socket.destroy();
    });
  }

  /** Starts one more cluster. Rejects when the name is taken. */
  async addCluster(name: string, options: ClusterOptions = {}): Promise<SimulatedCluster> {
    if (this.clusters.has(name)) throw new Error(`there is a simulated cluster ${name} already`);
    const cluster = new SimulatedCluster(name, this.clock, options, this);
    this.clusters.set(name, cluster);
    await cluster.startApiServer();
    return cluster;
  }

  /** The cluster of this name. Throws when there is none. */
  cluster(name: string): SimulatedCluster {
    const cluster = this.clusters.get(name);
    if (!cluster) throw new Error(`there is no simulated cluster ${name}`);
    return cluster;
  }

  accept(cluster: SimulatedCluster, socket: Socket): void {
    this.owners.set(socket, cluster);
    this.http.emit('connection', socket);
  }

  directory(): string {
    this.files ??= mkdtempSync(join(tmpdir(), 'simulated-clusters-'));
    return this.files;
  }

  /** Ends all clusters and removes their files. */
  async stop(): Promise<void> {
    await Promise.all([...this.clusters.values()].map((cluster) => cluster.stop()));
    this.clusters.clear();
    this.http.closeAllConnections();
    if (this.files) rmSync(this.files, { recursive: true, force: true });
  }
}

/** A simulator without clusters yet. */
export const startSimulator = (clock: SimulatorClock = systemClock): Promise<Simulator> =>
  Promise.resolve(new Simulator(clock));
