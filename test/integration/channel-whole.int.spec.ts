import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentMessage } from '@app/contracts/wire/agent-messages';
import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { selfSigned } from '@test/self-signed';
import { waitFor } from '@test/wait';
import { WebSocketHubLink } from '../../apps/agent/src/link/hub-link.ws';
import { Keys } from '../../apps/hub/src/platform/keys';
import { startWholeHub, type WholeHub } from './channel/hub-under-test';
import { MemoryInventory, MemoryKubeStore, sourceFact, workloadFact } from './channel/memory-cluster';
import { RawAgent, type RawSocket, report } from './channel/raw-agent';

jest.setTimeout(60_000);

const VICTIM = 'victim';
const permitOf = (cluster: string): string => `${cluster}.1.Deployment/shop/web`;

/** Every message an agent can send, its own first, with the other cluster's ids wherever a text fits. */
const ATTEMPTS: readonly (readonly [string, unknown])[] = [
  [
    'report',
    report({ workloads: [workloadFact('web', { message: VICTIM, uid: VICTIM, labels: { cluster: VICTIM } })] }),
  ],
  ['report', report({ sources: [sourceFact('db', VICTIM)], inventoryDigest: VICTIM })],
  ['report', report({ goneWorkloads: [{ kind: 'Deployment', namespace: 'shop', name: 'web' }] })],
  ['report', report({ goneSources: [{ kind: 'Secret', namespace: 'shop', name: 'db' }] })],
  ['report', report({ workloads: [workloadFact(VICTIM, { namespace: VICTIM })] })],
  ['permitAck', { rollout: VICTIM, attempt: 1, permits: [permitOf(VICTIM)] }],
  ['progress', { ...order(), phase: 'RollingOut', message: VICTIM }],
  ['result', { ...order(), ...outcome() }],
  ['snapshotBegin', { snapshot: VICTIM }],
  ['snapshotEnd', { snapshot: VICTIM, sources: 0, workloads: 0, inventoryDigest: VICTIM }],
  ['heartbeat', { pending: 0, inventoryDigest: VICTIM, warnings: [{ code: VICTIM, detail: VICTIM }] }],
  ['error', { code: VICTIM, message: VICTIM, retryable: false }],
];

describe('the channel into the whole hub', () => {
  let redis: RedisServer;
  let hub: WholeHub;

  beforeAll(async () => {
    redis = await startRedis();
    hub = await startWholeHub({ redisUrl: redis.url, prefix: `${redis.prefix}-whole` });
  });
  afterAll(async () => {
    await hub.stop();
    await redis.stop();
  });

  const joined = async (cluster: string): Promise<RawSocket> => {
    const agent = new RawAgent(cluster);
    await agent.join(hub);
    return agent.session(hub);
  };
  const rowsOf = async (cluster: string): Promise<string> => {
    const keys = (await hub.redis.keys(`*inv:${cluster}:*`)).sort();
    const rows = await Promise.all(
      keys.map(async (key) => {
        const type = await hub.redis.type(key);
        if (type === 'hash') return hub.redis.hgetall(key);
        return type === 'set' ? (await hub.redis.smembers(key)).sort() : hub.redis.get(key);
      }),
    );
    const record = await hub.registry.get(cluster);
    const presence = (await hub.registry.presence([cluster])).get(cluster);
    return JSON.stringify([keys, rows, record, presence?.session]);
  };

  function linkOf(clusterName: string, enrolmentToken: string, inventory = new MemoryInventory()): WebSocketHubLink {
    const known = { clusterName, clusterLabels: {}, keyId: 'k0a1b2c', agentVersion: '0.1.0', agentEpoch: 0 };
    const options = { ...known, hubUrl: hub.url, enrolmentToken, hubCa: null };
    const quiet = { info: () => undefined, warn: () => undefined };
    const link = new WebSocketHubLink(options, inventory, new MemoryKubeStore(clusterName), quiet);
    link.start({
      permit: () => undefined,
      cancel: () => undefined,
      keyRules: () => undefined,
      maxHubEpochSeen: () => 0,
      obey: () => undefined,
    });
    return link;
  }

  it('protocol 45: lets no message of one cluster touch another, whatever ids it carries', async () => {
    const victim = await joined(VICTIM);
    await victim.answer(
      victim.send('report', report({ workloads: [workloadFact('web')], sources: [sourceFact('db')] })),
    );
    const before = await rowsOf(VICTIM);
    expect(before).toContain('Deployment/shop/web');
    expect(new Set(ATTEMPTS.map(([t]) => t))).toEqual(
      new Set(types().filter((t) => !['hello', 'snapshotItems'].includes(t))),
    );
    const attacker = await joined('attacker');
    for (const [t, body] of ATTEMPTS) attacker.send(t, body);
    await attacker.answer(attacker.send('heartbeat', { pending: 0, inventoryDigest: '' }));
    await attacker.answer(attacker.send('report', report({})));
    expect(attacker.closed).toBeNull();
    expect(await rowsOf(VICTIM)).toBe(before);
    expect(victim.closed).toBeNull();
  });

  it.each(ATTEMPTS)(
    'protocol 45: closes the connection at the first attempt to name a cluster: %s',
    async (t, body) => {
      const before = await rowsOf(VICTIM);
      for (const place of ['cluster', 'clusterId']) {
        const inEnvelope = await joined(
          `named-${t.toLowerCase()}-${place.toLowerCase()}-${Math.random().toString(36).slice(2)}`,
        );
        inEnvelope.send(t, body, { [place]: VICTIM });
        expect((await inEnvelope.close()).code).toBe(1008);
        const inBody = await joined(
          `inside-${t.toLowerCase()}-${place.toLowerCase()}-${Math.random().toString(36).slice(2)}`,
        );
        inBody.send(t, { ...(body as object), [place]: VICTIM });
        expect((await inBody.close()).code).toBe(1008);
      }
      expect(await rowsOf(VICTIM)).toBe(before);
    },
  );

  it('brings what an agent warns of to the store, at once, and takes it back', async () => {
    const { token } = await hub.tokens.create({ cluster: 'warned', labels: {}, ttlMs: 60_000 });
    const inventory = new MemoryInventory();
    const link = linkOf('warned', token, inventory);
    await waitFor('the link', () => link.status().connected);
    const warned = async (): Promise<string | null> => {
      const [key] = await hub.redis.keys('*clusters:warn');
      return key === undefined ? null : hub.redis.hget(key, 'warned');
    };
    inventory.warn({ code: 'OtherReloader', detail: 'it runs here' });
    await waitFor('the warning', async () => (await warned())?.includes('it runs here') === true);
    inventory.warn();
    await waitFor('its end', async () => (await warned()) === null);
    await link.stop();
  });

  it('lets an agent in again soon after its identity was restored, although its enrolment token is spent', async () => {
    const { token } = await hub.tokens.create({ cluster: 'restored', labels: {}, ttlMs: 60_000 });
    const link = linkOf('restored', token);
    await waitFor('the link', () => link.status().connected);
    const record = await hub.registry.get('restored');
    await hub.registry.remove('restored');
    await waitFor('the refusal', () => link.status().detail.startsWith('Token'), {
      describe: () => link.status().detail,
    });
    const keys = new Keys(`${redis.prefix}-whole`);
    const [clusters, uids, credentials] = [keys.clusters(), keys.clusterUids(), keys.credentials()];
    await hub.redis.hset(clusters, 'restored', JSON.stringify(record));
    await hub.redis.hset(uids, record?.uid ?? '', 'restored');
    await hub.redis.incr(credentials);
    await waitFor('the link', () => link.status().connected, { timeoutMs: 30_000 });
    await link.stop();
  });

  it('goes by TLS from the hub’s own files to the agent that trusts their authority, and to no other', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'fleet-reloader-tls-'));
    const { cert, key } = selfSigned();
    await Promise.all([writeFile(join(dir, 'cert'), cert), writeFile(join(dir, 'key'), key)]);
    const environment = { HUB_TLS_CERT_FILE: join(dir, 'cert'), HUB_TLS_KEY_FILE: join(dir, 'key') };
    const secure = await startWholeHub({ redisUrl: redis.url, prefix: `${redis.prefix}-tls`, environment });
    const linkWith = async (name: string, hubCa: string | null): Promise<WebSocketHubLink> => {
      const { token } = await secure.tokens.create({ cluster: name, labels: {}, ttlMs: 60_000 });
      const known = { clusterName: name, clusterLabels: {}, keyId: 'k0a1b2c', agentVersion: '0.1.0', agentEpoch: 0 };
      const quiet = { info: () => undefined, warn: () => undefined };
      const options = { ...known, hubUrl: secure.url, enrolmentToken: token, hubCa };
      const link = new WebSocketHubLink(options, new MemoryInventory(), new MemoryKubeStore(name), quiet);
      link.start({
        permit: () => undefined,
        cancel: () => undefined,
        keyRules: () => undefined,
        maxHubEpochSeen: () => 0,
        obey: () => undefined,
      });
      return link;
    };
    const [trusting, doubting] = [await linkWith('trusting', cert), await linkWith('doubting', null)];
    await waitFor('the link', () => trusting.status().connected, { describe: () => trusting.status().detail });
    await waitFor('the doubt', () => /self-signed/.test(doubting.status().detail), {
      describe: () => doubting.status().detail,
    });
    expect(await secure.registry.get('doubting')).toBeUndefined();
    await Promise.all([trusting.stop(), doubting.stop()]);
    await secure.stop();
    await rm(dir, { recursive: true });
  });
});

function order(): object {
  const workload = { kind: 'Deployment', namespace: 'shop', name: 'web' };
  return { rollout: VICTIM, permit: permitOf(VICTIM), attempt: 1, workload };
}

function outcome(): object {
  const { want } = workloadFact('web');
  const when = { startedAt: null, finishedAt: new Date().toISOString() };
  const pods = { desired: 1, updated: 1, ready: 1 };
  return { outcome: 'APPLIED', reason: VICTIM, message: VICTIM, fromRevision: want, toRevision: want, pods, ...when };
}

const types = (): readonly string[] => agentMessage.options.map((option) => option.shape.t.value);
