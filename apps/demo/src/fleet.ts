import { startCluster } from '@test/control-plane/start-cluster';
import type { Cluster } from '@test/control-plane/cluster';
import { KubeClient } from '@test/kube';
import { startAgent } from '@test/processes/start-agent';
import { type Hub, startHub } from '@test/processes/start-hub';
import { startRedis } from '@test/redis/start-redis';
import { systemClock } from '@test/simulator/clock';
import { Simulator } from '@test/simulator/simulator';
import { HubApi } from './hub-api';

export const SECRET = { namespace: 'shop', name: 'payments-db' };
export const WORKLOADS = ['checkout', 'invoices'];
const POLICY = {
  apiVersion: 'fleet-reloader.io/v1',
  kind: 'RolloutPolicy',
  metadata: { name: 'default' },
  spec: { rollout: '@env=dev, @env=staging, rest / 3s', coalesce: { quietPeriod: '1s' } },
};

export type Member = Readonly<{ name: string; kube: KubeClient }>;
export type Fleet = Readonly<{ hub: Hub; api: HubApi; members: readonly Member[] }>;
/** What was started, last first, is stopped by calling these in order. */
export type Undo = (() => Promise<unknown>)[];

const MEMBERS = [
  ['dev-1', 'dev'],
  ['staging-1', 'staging'],
  ['prod-eu-1', 'prod'],
  ['prod-us-1', 'prod'],
  ['prod-ap-1', 'prod'],
] as const;

/** Starts Redis, a hub and the clusters with one agent each. Real API servers: three clusters, to be gentle. */
export async function startFleet(real: boolean, undo: Undo): Promise<Fleet> {
  const redis = await startRedis({ own: true });
  undo.unshift(() => redis.stop());
  const hub = await startHub({ redisUrl: redis.url });
  undo.unshift(() => hub.program.stop());
  const api = new HubApi(hub.url, hub.token);
  await api.call('PUT', '/policies/default', POLICY);
  const makeCluster = clusterMaker(real, undo);
  const chosen = real ? MEMBERS.slice(0, 3) : MEMBERS;
  const members = await Promise.all(chosen.map(([name, env]) => join(name, env, { makeCluster, hub, api, undo })));
  await api.until(
    'the inventory of every cluster',
    '/workloads',
    (items) => items.length >= members.length * WORKLOADS.length,
  );
  return { hub, api, members };
}

function clusterMaker(real: boolean, undo: Undo): (name: string) => Promise<Cluster> {
  if (real) {
    return async (name) => {
      const cluster = await startCluster(`demo-${name}`);
      undo.push(() => cluster.stop());
      return cluster;
    };
  }
  const simulator = new Simulator(systemClock);
  undo.push(() => simulator.stop());
  return (name) => simulator.addCluster(name, { readyAfterMs: 800 });
}

type Site = Readonly<{ makeCluster: (name: string) => Promise<Cluster>; hub: Hub; api: HubApi; undo: Undo }>;

async function join(name: string, env: string, { makeCluster, hub, api, undo }: Site): Promise<Member> {
  const cluster = await makeCluster(name);
  const kube = new KubeClient(cluster);
  await kube.ensureNamespace(SECRET.namespace);
  await kube.ensureNamespace('fleet-reloader');
  await kube.putSecret(SECRET, { password: 'first' });
  for (const workload of WORKLOADS) {
    await kube.createDeployment(
      { namespace: SECRET.namespace, name: workload },
      { annotations: { 'fleet-reloader.io/auto': 'true' }, envSecrets: [SECRET.name] },
    );
  }
  const labels = { env };
  const answer = await api.call('POST', '/enrolment-tokens', { cluster: name, labels });
  const agent = await startAgent({
    kubeconfigPath: cluster.kubeconfigPath,
    hubUrl: hub.url,
    clusterName: name,
    labels,
    enrolmentToken: (answer as { token: string }).token,
  });
  undo.unshift(() => agent.program.stop());
  return { name, kube };
}
