import type { Cluster } from '../control-plane/cluster';
import { startCluster } from '../control-plane/start-cluster';
import type { ClusterSource, FleetOptions } from './fleet-options';
import { ProcessFleet } from './process-fleet';

/** A fleet on real API servers, which are started side by side. */
export function startRealFleet(options: FleetOptions): Promise<ProcessFleet> {
  return ProcessFleet.start(new RealClusters(), options);
}

class RealClusters implements ClusterSource {
  private readonly started: Cluster[] = [];

  async start(name: string): Promise<Cluster> {
    const cluster = await startCluster(name);
    this.started.push(cluster);
    return cluster;
  }

  async stop(): Promise<void> {
    await Promise.all(this.started.map((cluster) => cluster.stop()));
  }
}
