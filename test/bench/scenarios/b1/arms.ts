import { UNLIMITED } from '@test/limits/unlimited';
import { type Hub, startHub } from '@test/processes/start-hub';
import { startAgent } from '@test/processes/start-agent';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import {
  type Contestant,
  type Ground,
  makeField,
  startFloor,
  startReloader,
  startStandalone,
} from '../../frame/contestants';
import type { Field } from '../../frame/field';
import { children } from '../../frame/processes';
import type { Arm } from '../../frame/rounds';
import { appsOf, Site } from '../../frame/site';

/** Applications per program: one ConfigMap and one Deployment each. */
const APPS = appsOf(10);

export interface TickArm extends Arm {
  readonly site: Site;
  /** Its processes, by what they are called in the result. */
  readonly processes: Readonly<Record<string, number>>;
}

const POLICY = {
  apiVersion: 'fleet-reloader.io/v1',
  kind: 'RolloutPolicy',
  metadata: { name: 'default' },
  spec: { rollout: 'all', coalesce: { quietPeriod: '0s' }, flap: { action: 'alert' }, limits: UNLIMITED },
};

/** A namespace to itself for every program: all run all the time, and only the one whose turn it is has work. */
export async function startArms(ground: Ground): Promise<readonly TickArm[]> {
  const floor = tickArm(await startFloor(ground, APPS), 'floor');
  const hub = await startThroughHub(ground);
  const standalone = tickArm(await startStandalone(ground, APPS), 'agent');
  const peer = tickArm(await startReloader(ground, APPS), 'peer');
  return [floor, hub, standalone, peer];
}

const tickArm = ({ name, field, pid }: Contestant, process: string): TickArm => ({
  name,
  site: siteOf(field),
  processes: { [process]: pid },
});

const siteOf = (field: Field): Site =>
  new Site(
    field,
    APPS.map(({ name }) => name),
  );

async function startThroughHub(ground: Ground): Promise<TickArm> {
  const { cluster, undo } = ground;
  const field = await makeField(ground, 'hub', APPS);
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
    args: [`--namespaces=${field.namespace}`],
  });
  undo.unshift(() => agent.program.stop());
  await waitFor('the inventory', async () => {
    const { items } = (await call(hub, 'GET', '/workloads')) as { items: unknown[] };
    return items.length >= APPS.length;
  });
  const own = { agent: agent.program.pid, hub: hub.program.pid };
  return { name: 'hub', site: siteOf(field), processes: redisPid === undefined ? own : { ...own, redis: redisPid } };
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
