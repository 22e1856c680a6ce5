import { buildBinaries, presentBinaries } from './binaries';
import type { Cluster, ClusterOptions } from './cluster';
import { LocalCluster } from './local-cluster';

/** Starts a cluster of its own; several may be started at once. `name` is for people and file names. */
export async function startCluster(name: string, options: ClusterOptions = {}): Promise<Cluster> {
  return LocalCluster.start(name, await controlPlane(), options);
}

/** The control plane's directory; built now when it is missing. Progress goes to stderr. */
export async function controlPlane(): Promise<string> {
  return presentBinaries() ?? (await buildBinaries((text) => process.stderr.write(`fleet-reloader: ${text}\n`)));
}
