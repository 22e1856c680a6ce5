import { startCluster } from '@test/control-plane/start-cluster';
import type { Cluster } from '@test/control-plane/cluster';
import { KubeClient } from '@test/kube';
import { startAgent } from '@test/processes/start-agent';
import { type Hub, startHub } from '@test/processes/start-hub';
import { startRedis } from '@test/redis/start-redis';
import { systemClock } from '@test/simulator/clock';
import { Simulator } from '@test/simulator/simulator';
import { HubApi } from './hub-api';
import type { Parts } from './parts';

export const SECRET = { namespace: 'shop', name: 'payments-db' };
export const WORKLOADS = ['checkout', 'invoices'];
const POLICY = {
  apiVersion: 'fleet-reloader.io/v1',
  kind: 'RolloutPolicy',
  metadata: { name: 'default' },
  spec: {
    rollout: '@env=dev, @env=staging, rest / 3s',
    coalesce: { quietPeriod: '1s' },
    flap: { action: 'alert' },
    // It may be played again at once; everything else is limited as by default.
    limits: { restarts: { workload: { minInterval: '0s' } } },
  },
};

export type Member = Readonly<{ name: string; kube: KubeClient }>;
export type Fleet = Readonly<{ hub: Hub; api: HubApi; members: readonly Member[] }>;
export type FleetPlan = Readonly<{ real: boolean; parts: Parts; signal: AbortSignal }>;

const MEMBERS = [
  ['dev-1', 'dev'],
  ['staging-1', 'staging'],
  ['prod-eu-1', 'prod'],
  ['prod-us-1', 'prod'],
  ['prod-ap-1', 'prod'],
] as const;

/** Starts Redis, a hub and the clusters with one agent each. Real API servers: three clusters, to be gentle. */
export async function startFleet(plan: FleetPlan): Promise<Fleet> {
  const { real, parts, signal } = plan;
  const makeCluster = await clusterMaker(plan);
  const redis = await parts.start(
    () => startRedis({ own: true }),
    (part) => part.stop(),
  );
  signal.throwIfAborted();
  const hub = await parts.start(
    () => startHub({ redisUrl: redis.url }),
    (part) => part.program.stop(),
  );
  signal.throwIfAborted();
  const api = new HubApi(hub.url, hub.token, signal);
  await api.call('PUT', '/policies/default', POLICY);
  const chosen = real ? MEMBERS.slice(0, 3) : MEMBERS;
  const members = await Promise.all(chosen.map(([name, env]) => join(name, env, { makeCluster, hub, api, plan })));
  await api.until(
    'the inventory of every cluster',
    '/workloads',
    (items) => items.length >= members.length * WORKLOADS.length,
  );
  return { hub, api, members };
}

type ClusterMaker = (name: string) => Promise<Cluster>;

async function clusterMaker({ real, parts }: FleetPlan): Promise<ClusterMaker> {
  if (real) {
    return (name) =>
      parts.start(
        () => startCluster(`demo-${name}`),
        (part) => part.stop(),
      );
  }
  const simulator = await parts.start(
    () => Promise.resolve(new Simulator(systemClock)),
    (part) => part.stop(),
  );
  return (name) => simulator.addCluster(name, { readyAfterMs: 800 });
}

type Site = Readonly<{ makeCluster: ClusterMaker; hub: Hub; api: HubApi; plan: FleetPlan }>;

async function join(name: string, env: string, { makeCluster, hub, api, plan }: Site): Promise<Member> {
  const cluster = await makeCluster(name);
  plan.signal.throwIfAborted();
  const kube = new KubeClient(cluster);
  await fill(kube);
  const labels = { env };
  const answer = await api.call('POST', '/enrolment-tokens', { cluster: name, labels });
  await plan.parts.start(
    () =>
      startAgent({
        kubeconfigPath: cluster.kubeconfigPath,
        hubUrl: hub.url,
        clusterName: name,
        labels,
        enrolmentToken: (answer as { token: string }).token,
      }),
    (part) => part.program.stop(),
  );
  return { name, kube };
}

/** A shop whose workloads read one Secret. */
async function fill(kube: KubeClient): Promise<void> {
  await kube.ensureNamespace(SECRET.namespace);
  await kube.ensureNamespace('fleet-reloader');
  await kube.putSecret(SECRET, { password: 'first' });
  for (const name of WORKLOADS) {
    const options = { annotations: { 'fleet-reloader.io/auto': 'true' }, envSecrets: [SECRET.name] };
    await kube.createDeployment({ namespace: SECRET.namespace, name }, options);
  }
}
