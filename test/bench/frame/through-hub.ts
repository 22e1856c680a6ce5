import { UNLIMITED } from '@test/limits/unlimited';
import { startAgent } from '@test/processes/start-agent';
import { type Hub, startHub } from '@test/processes/start-hub';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import type { Ground } from './contestants';
import { children } from './processes';

/** An agent, the hub that it belongs to, and the hub's Redis; each a process. */
export type ThroughHub = Readonly<{ hub: Hub; processes: Readonly<Record<string, number>> }>;

const POLICY = {
  apiVersion: 'fleet-reloader.io/v1',
  kind: 'RolloutPolicy',
  metadata: { name: 'default' },
  spec: { rollout: 'all', coalesce: { quietPeriod: '0s' }, flap: { action: 'alert' }, limits: UNLIMITED },
};

/** Resolves when the hub knows so many workloads. `namespaces`: the only one that is watched; null: all are. */
export async function startThroughHub(
  { cluster, undo }: Ground,
  { namespace, workloads }: Readonly<{ namespace: string | null; workloads: number }>,
): Promise<ThroughHub> {
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
    args: namespace === null ? [] : [`--namespaces=${namespace}`],
  });
  undo.unshift(() => agent.program.stop());
  await waitFor('the inventory', async () => {
    const { items } = (await call(hub, 'GET', '/workloads')) as { items: unknown[] };
    return items.length >= workloads;
  });
  const own = { agent: agent.program.pid, hub: hub.program.pid };
  return { hub, processes: redisPid === undefined ? own : { ...own, redis: redisPid } };
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

/** Messages that the hub has had of its agents, by type and what became of them. */
export async function messagesTo({ opsUrl }: Hub): Promise<ReadonlyMap<string, number>> {
  const metrics = await (await fetch(`${opsUrl}/metrics`)).text();
  const lines = [...metrics.matchAll(/^fleet_reloader_hub_frames_total\{([^}]*)\} (\d+)/gm)];
  return new Map(lines.map(([, labels = '', count = '']) => [labels, Number(count)]));
}
