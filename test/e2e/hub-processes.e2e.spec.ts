import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { KubeClient } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { type Hub, startHub } from '@test/processes/start-hub';
import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { systemClock } from '@test/simulator/clock';
import { Simulator } from '@test/simulator/simulator';
import { waitFor } from '@test/wait';

jest.setTimeout(120_000);

const SECRET = { namespace: 'shop', name: 'db' };
const WEB = { namespace: 'shop', name: 'web' };
const ENVS = ['dev', 'staging', 'prod'] as const;
const POLICY = {
  apiVersion: 'fleet-reloader.io/v1',
  kind: 'RolloutPolicy',
  metadata: { name: 'default' },
  spec: { rollout: '@env=dev, @env=staging, rest / 2s', coalesce: { quietPeriod: '1s' } },
};

const canary = (round: number): string => `canary-${round}-5f1b0c`;
const DIGESTS = ['md5', 'sha1', 'sha256'].flatMap((name) =>
  ['hex', 'base64', 'base64url'].map((form) => [name, form] as const),
);

/** A value in every form in which it must not be found. */
const formsOf = (value: string): string[] => [
  value,
  Buffer.from(value).toString('base64'),
  ...DIGESTS.map(([name, form]) =>
    createHash(name)
      .update(value)
      .digest(form as 'hex'),
  ),
];

/** Hub and agents as processes, simulated clusters, and a Redis that may be killed. */
describe('a rollout whose processes are killed', () => {
  const simulator = new Simulator(systemClock);
  const kube = new Map<string, KubeClient>();
  let redis: RedisServer;
  let hub: Hub;
  let agents: Agent[] = [];
  let round = 0;

  beforeAll(async () => {
    redis = await startRedis({ own: true });
    hub = await startHub({ redisUrl: redis.url });
    await call('PUT', '/policies/default', POLICY);
    agents = await Promise.all(ENVS.map(startCluster));
    await waitFor('the inventory', async () => (await items('/workloads')).length === 3);
  }, 90_000);
  afterAll(async () => {
    await Promise.all([...agents, hub].map(({ program }) => program.stop()));
    await simulator.stop();
    await redis.stop();
  });

  async function startCluster(env: string): Promise<Agent> {
    const cluster = await simulator.addCluster(`${env}-1`, { labels: { env } });
    const client = new KubeClient(cluster);
    kube.set(env, client);
    await client.ensureNamespace('shop');
    await client.ensureNamespace('fleet-reloader');
    await client.putSecret(SECRET, { password: canary(0) });
    await client.createDeployment(WEB, { annotations: { 'reloader.stakater.com/auto': 'true' }, envSecrets: ['db'] });
    const { token } = (await call('POST', '/enrolment-tokens', { cluster: `${env}-1`, labels: { env } })) as {
      token: string;
    };
    return startAgent({
      kubeconfigPath: cluster.kubeconfigPath,
      hubUrl: hub.url,
      clusterName: `${env}-1`,
      labels: { env },
      enrolmentToken: token,
    });
  }

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${hub.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${hub.token}`, accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
  const items = async (path: string): Promise<{ id: string; phase: string }[]> =>
    ((await call('GET', path)) as { items: { id: string; phase: string }[] }).items;

  const probe = async (path: string): Promise<number> => (await fetch(`${hub.opsUrl}${path}`)).status;

  const rotate = async (): Promise<void> => {
    round += 1;
    for (const client of kube.values()) await client.putSecret(SECRET, { password: canary(round) });
  };
  const restarts = (): Promise<number[]> =>
    Promise.all(ENVS.map(async (env) => (await kube.get(env)!.replicaSets(WEB)).length - 1));
  const untilAll = (count: number): Promise<number[]> =>
    waitFor(
      `${count} restarts in each cluster`,
      async () => {
        const now = await restarts();
        return now.every((each) => each >= count) && now;
      },
      { timeoutMs: 90_000, intervalMs: 200 },
    );
  const finished = (): Promise<boolean> =>
    waitFor(
      'the rollout to succeed',
      async () => {
        const all = await items('/rollouts').catch(() => []);
        return all.length > 0 && all.every(({ phase }) => phase === 'Succeeded');
      },
      { timeoutMs: 60_000, intervalMs: 200 },
    );

  it('goes through the waves in order, once', async () => {
    expect(await restarts()).toEqual([0, 0, 0]);
    await rotate();
    await untilAll(1);
    await finished();
    expect(await restarts()).toEqual([1, 1, 1]);
  });

  it('survives a SIGKILL of the hub in the middle', async () => {
    await rotate();
    await waitFor('the first wave', async () => (await restarts())[0] === 2, { intervalMs: 50 });
    await hub.program.kill();
    await hub.program.restart();
    await untilAll(2);
    await finished();
    expect(await restarts()).toEqual([2, 2, 2]);
  });

  it('survives a SIGKILL of Redis in the middle', async () => {
    await rotate();
    await waitFor('the first wave', async () => (await restarts())[0] === 3, { intervalMs: 50 });
    await redis.kill();
    await waitFor('the hub to say so', async () => (await probe('/readyz')) === 503, { intervalMs: 100 });
    expect(await probe('/livez')).toBe(200);
    await redis.restart();
    await untilAll(3);
    await finished();
    expect(await restarts()).toEqual([3, 3, 3]);
  });

  it('finds what changed while the hub was down', async () => {
    await hub.program.kill();
    await rotate();
    await hub.program.restart();
    await untilAll(4);
    await finished();
    expect(await restarts()).toEqual([4, 4, 4]);
  });

  it('left no value, and no digest that anybody could make, outside of the clusters', async () => {
    const seen = [
      await everythingIn(redis),
      ...[hub, ...agents].map(({ program }) => program.logs()),
      ...(await Promise.all([`${hub.opsUrl}/metrics`, ...agents.map(({ opsUrl }) => `${opsUrl}/metrics`)].map(textOf))),
      ...(await Promise.all(
        ['/sources', '/workloads', '/rollouts', '/audit', '/events'].map((path) =>
          call('GET', path).then(JSON.stringify),
        ),
      )),
    ].join('\n');
    expect(seen).toContain('Secret/shop/db'); // it does look where things are
    const found = Array.from({ length: round + 1 }, (_, n) => formsOf(canary(n)).filter((form) => seen.includes(form)));
    expect(found.flat()).toEqual([]);
  });
});

const textOf = async (url: string): Promise<string> => (await fetch(url)).text();

/** What the server keeps now and, where its file can be read, everything that it was ever told. */
async function everythingIn({ url, dir }: RedisServer): Promise<string> {
  const client = new Redis(url);
  const parts: string[] = [];
  for await (const keys of client.scanStream({ count: 500 })) {
    for (const key of keys as string[]) parts.push(key, JSON.stringify(await contentOf(client, key)));
  }
  await client.quit();
  const files =
    dir === undefined
      ? []
      : readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return [...parts, ...files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))].join('\n');
}

async function contentOf(client: Redis, key: string): Promise<unknown> {
  switch (await client.type(key)) {
    case 'string':
      return client.get(key);
    case 'hash':
      return client.hgetall(key);
    case 'set':
      return client.smembers(key);
    case 'zset':
      return client.zrange(key, '0', '-1');
    case 'stream':
      return client.xrange(key, '-', '+');
    default:
      return client.lrange(key, 0, -1);
  }
}
