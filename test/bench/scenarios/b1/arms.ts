import { setting } from '@test/environment';
import type { Cluster } from '@test/control-plane/cluster';
import { ManagedProcess } from '@test/processes/managed-process';
import { cleanEnvironment } from '@test/processes/program';
import { startAgent } from '@test/processes/start-agent';
import { type Hub, startHub } from '@test/processes/start-hub';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import { children } from '../../frame/processes';
import { RawKube } from '../../frame/raw-kube';
import type { Arm } from '../../frame/rounds';
import { Site } from '../../frame/site';
import { startPeer } from '../../peers/peer-program';

/** Applications per program: one ConfigMap and one Deployment each. */
const SIZE = 10;

export interface TickArm extends Arm {
  readonly site: Site;
  /** Its processes, by what they are called in the result. */
  readonly processes: Readonly<Record<string, number>>;
}

/** What was started, last first, is ended by calling these in order. */
export type Undo = (() => Promise<unknown> | void)[];

export type Ground = Readonly<{ cluster: Cluster; undo: Undo }>;

const POLICY = {
  apiVersion: 'fleet-reloader.io/v1',
  kind: 'RolloutPolicy',
  metadata: { name: 'default' },
  spec: { rollout: 'all', coalesce: { quietPeriod: '0s' }, flap: { action: 'alert' } },
};

/** A namespace to itself for every program: all run all the time, and only the one whose turn it is has work. */
export async function startArms(ground: Ground): Promise<readonly TickArm[]> {
  const floor = await startFloor(ground);
  const hub = await startThroughHub(ground);
  const standalone = await startStandalone(ground);
  const peer = await startReloader(ground);
  return [floor, hub, standalone, peer];
}

async function makeSite({ cluster, undo }: Ground, namespace: string): Promise<Site> {
  const kube = new RawKube(cluster.url, cluster.token);
  const site = await Site.create(kube, namespace, SIZE);
  undo.unshift(() => {
    site.close();
    kube.close();
  });
  return site;
}

async function startFloor(ground: Ground): Promise<TickArm> {
  const site = await makeSite(ground, 'floor');
  const peer = await startPeer('floor', ground.cluster, site.namespace);
  ground.undo.unshift(() => peer.kill());
  return { name: 'floor', site, processes: { floor: peer.pid } };
}

async function startStandalone(ground: Ground): Promise<TickArm> {
  const site = await makeSite(ground, 'standalone');
  const agent = await startAgent({
    kubeconfigPath: ground.cluster.kubeconfigPath,
    env: { AGENT_NAMESPACE: 'fleet-reloader-alone' },
    args: ['--coalesce=0s', `--namespaces=${site.namespace}`],
  });
  ground.undo.unshift(() => agent.program.stop());
  return { name: 'standalone', site, processes: { agent: agent.program.pid } };
}

async function startThroughHub(ground: Ground): Promise<TickArm> {
  const { cluster, undo } = ground;
  const site = await makeSite(ground, 'hub');
  const redis = await startRedis({ own: true });
  undo.unshift(() => redis.stop());
  const [redisPid] = children('redis-server', 'valkey-server');
  const hub = await startHub({ redisUrl: redis.url });
  undo.unshift(() => hub.program.stop());
  await call(hub, 'PUT', '/policies/default', POLICY);
  const { token } = (await call(hub, 'POST', '/enrolment-tokens', { cluster: 'bench' })) as { token: string };
  const agent = await startAgent({
    kubeconfigPath: cluster.kubeconfigPath,
    hubUrl: hub.url,
    clusterName: 'bench',
    enrolmentToken: token,
    args: [`--namespaces=${site.namespace}`],
  });
  undo.unshift(() => agent.program.stop());
  await waitFor('the inventory', async () => {
    const { items } = (await call(hub, 'GET', '/workloads')) as { items: unknown[] };
    return items.length >= SIZE;
  });
  const own = { agent: agent.program.pid, hub: hub.program.pid };
  return { name: 'hub', site, processes: redisPid === undefined ? own : { ...own, redis: redisPid } };
}

async function call({ url, token }: Hub, method: string, path: string, body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' };
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** The program that RELOADER_BIN names, or the model of its calls. */
async function startReloader(ground: Ground): Promise<TickArm> {
  const site = await makeSite(ground, 'reloader');
  const program = setting('RELOADER_BIN');
  const peer =
    program === undefined ? await startPeer('reloader-model', ground.cluster, site.namespace) : real(program);
  ground.undo.unshift(() => peer.kill());
  if (program !== undefined) await waitFor('Reloader', () => /Starting Controller/i.test(peer.logs()), patience(peer));
  return { name: program === undefined ? 'P1m' : 'P1', site, processes: { peer: peer.pid } };

  function real(command: string): ManagedProcess {
    const { kubeconfigPath: KUBECONFIG } = ground.cluster;
    const namespace = site.namespace;
    const names = { KUBERNETES_NAMESPACE: namespace, RELOADER_NAMESPACE: namespace, POD_NAMESPACE: namespace };
    return ManagedProcess.start({ name: 'Reloader', command, env: cleanEnvironment({ KUBECONFIG, ...names }) });
  }
}

const patience = (peer: ManagedProcess): { describe: () => string } => ({ describe: () => peer.tail() });
