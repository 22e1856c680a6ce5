import { buildBinaries, presentBinaries } from './binaries';
import type { Cluster, ClusterOptions } from './cluster';
import { ContainerCluster, imagesAreToBeHad } from './container-cluster';
import { LocalCluster } from './local-cluster';

/**
 * Starts a cluster of its own; several may be started at once. `name` is for people and file names. Made of what is
 * to be had, in this order: KUBEBUILDER_ASSETS; a control plane built earlier; containers; a control plane built now.
 * Fails with all remedies when there is none of these.
 */
export async function startCluster(name: string, options: ClusterOptions = {}): Promise<Cluster> {
  const binaries = await controlPlane();
  return binaries === undefined ? ContainerCluster.start(name, options) : LocalCluster.start(name, binaries, options);
}

/**
 * The directory of the control plane, undefined where containers take its place; pulled or built now when it is
 * missing, with progress on stderr.
 */
export async function controlPlane(): Promise<string | undefined> {
  const present = presentBinaries();
  if (present !== undefined) return present;
  const say = (text: string): boolean => process.stderr.write(`fleet-reloader: ${text}\n`);
  return (await imagesAreToBeHad(say)) ? undefined : buildBinaries(say);
}
