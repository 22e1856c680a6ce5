import { startCluster } from '@test/control-plane/start-cluster';
import type { Cluster } from '@test/control-plane/cluster';
import { setting } from '@test/environment';
import { ManagedProcess } from '@test/processes/managed-process';
import { cleanEnvironment } from '@test/processes/program';
import { startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { startPeer } from '../peers/peer-program';
import { type App, Field } from './field';
import { RawKube } from './raw-kube';
import type { Arm } from './rounds';

/** What was started, last first, is ended by calling these in order. */
export type Undo = (() => Promise<unknown> | void)[];

export type Ground = Readonly<{ cluster: Cluster; kube: RawKube; undo: Undo }>;

/** A program with a namespace to itself: all run all the time, and only the one whose turn it is has work. */
export interface Contestant extends Arm {
  readonly field: Field;
  /** Its process. */
  readonly pid: number;
}

/** On an API server of its own; whatever is started there ends with it. */
export async function onGround<T>(say: (text: string) => void, measure: (ground: Ground) => Promise<T>): Promise<T> {
  const undo: Undo = [];
  try {
    say('starting an API server and the programs');
    const cluster = await startCluster('bench', { bare: true, measured: true });
    undo.unshift(() => cluster.stop());
    const kube = new RawKube(cluster.url, cluster.token);
    undo.unshift(() => kube.close());
    return await measure({ cluster, kube, undo });
  } finally {
    for (const step of undo) await step();
  }
}

export async function makeField({ cluster, undo }: Ground, namespace: string, apps: readonly App[]): Promise<Field> {
  const kube = new RawKube(cluster.url, cluster.token);
  const field = await Field.create(kube, namespace, apps);
  undo.unshift(() => {
    field.close();
    kube.close();
  });
  return field;
}

export async function startFloor(ground: Ground, apps: readonly App[]): Promise<Contestant> {
  const field = await makeField(ground, 'floor', apps);
  const peer = await startPeer('floor', ground.cluster, field.namespace);
  ground.undo.unshift(() => peer.kill());
  return { name: 'floor', field, pid: peer.pid };
}

/** `name`: several with other `args` may run beside each other. */
export async function startStandalone(
  ground: Ground,
  apps: readonly App[],
  { name = 'standalone', args = ['--coalesce=0s'] }: Readonly<{ name?: string; args?: readonly string[] }> = {},
): Promise<Contestant> {
  const field = await makeField(ground, name, apps);
  const agent = await startAgent({
    kubeconfigPath: ground.cluster.kubeconfigPath,
    env: { AGENT_NAMESPACE: `fleet-reloader-${name}` },
    args: [...args, `--namespaces=${field.namespace}`],
  });
  ground.undo.unshift(() => agent.program.stop());
  return { name, field, pid: agent.program.pid };
}

/** The program that RELOADER_BIN names, or the model of its calls. */
export async function startReloader(ground: Ground, apps: readonly App[]): Promise<Contestant> {
  const field = await makeField(ground, 'reloader', apps);
  const command = setting('RELOADER_BIN');
  const peer = command
    ? await startRealReloader(command, ground, field.namespace)
    : await startPeer('reloader-model', ground.cluster, field.namespace);
  ground.undo.unshift(() => peer.kill());
  return { name: PEER_NAME, field, pid: peer.pid };
}

/** `namespace`: the only one that it looks at; an empty text: all. */
export async function startRealReloader(command: string, ground: Ground, namespace: string): Promise<ManagedProcess> {
  const { kubeconfigPath: KUBECONFIG } = ground.cluster;
  const own = namespace === '' ? 'default' : namespace;
  const names = { KUBERNETES_NAMESPACE: namespace, RELOADER_NAMESPACE: own, POD_NAMESPACE: own };
  const peer = ManagedProcess.start({ name: 'Reloader', command, env: cleanEnvironment({ KUBECONFIG, ...names }) });
  await waitFor('Reloader', () => /Starting Controller/i.test(peer.logs()), { describe: () => peer.tail() });
  return peer;
}

/** P1: Reloader itself. P1m: the model of its calls. */
export const PEER_NAME = setting('RELOADER_BIN') === undefined ? 'P1m' : 'P1';

export const peerNote = (): string =>
  PEER_NAME === 'P1'
    ? 'The peer is Stakater Reloader itself, as RELOADER_BIN named it.'
    : 'The peer is P1m, a model of the calls that Reloader makes and of nothing else that it does: set RELOADER_BIN to measure Reloader itself.';
