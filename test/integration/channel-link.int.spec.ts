import { generateKeyPairSync } from 'node:crypto';
import type { Result } from '@app/contracts/wire/agent-messages';
import type { Permit } from '@app/contracts/wire/hub-messages';
import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import type { PermitHandler } from '../../apps/agent/src/link/hub-link.port';
import { WebSocketHubLink } from '../../apps/agent/src/link/hub-link.ws';
import { IDENTITY_SECRET } from '../../apps/agent/src/link/identity';
import type { LinkOptions } from '../../apps/agent/src/link/link-options';
import { StoreUnavailable } from '../../apps/hub/src/platform/redis';
import { type HubUnderTest, startHubUnderTest } from './channel/hub-under-test';
import { MemoryInventory, MemoryKubeStore, sourceFact, workloadFact } from './channel/memory-cluster';
import { RecordingInbound } from './channel/recording-inbound';

const MINUTE = 60_000;
jest.setTimeout(30_000);

class Recorder implements PermitHandler {
  readonly permits: { permit: Permit; hubNow: number }[] = [];
  readonly cancels: unknown[] = [];
  epoch = 0;
  permit = (permit: Permit, hubNow: () => number): void => void this.permits.push({ permit, hubNow: hubNow() });
  cancel = (message: unknown): void => void this.cancels.push(message);
  maxHubEpochSeen = (): number => this.epoch;
  obey = (hubEpoch: number): void => void (this.epoch = hubEpoch);
}

const result = (permit: string): Result => ({
  rollout: 'r-1',
  permit,
  attempt: 1,
  workload: { kind: 'Deployment', namespace: 'shop', name: 'a' },
  outcome: 'APPLIED',
  reason: '',
  message: '',
  fromRevision: null,
  toRevision: workloadFact('a').want ?? '',
  startedAt: null,
  finishedAt: new Date().toISOString(),
  pods: { desired: 1, updated: 1, ready: 1 },
});

const permit = (restarts: number): Permit => ({
  rollout: 'r-1',
  policy: 'default',
  attempt: 1,
  fence: 1001,
  hubEpoch: 1,
  notAfter: new Date(Date.now() + MINUTE).toISOString(),
  progressDeadlineSeconds: 60,
  causes: [{ kind: 'Secret', namespace: 'shop', name: 'db' }],
  restarts: Array.from({ length: restarts }, (_, n) => ({
    permit: `r-1.1.Deployment/shop/w${n}`,
    workload: { kind: 'Deployment' as const, namespace: 'shop', name: `w${n}` },
    uid: `uid-${n}`,
    toRevision: workloadFact('a').want ?? '',
  })),
});

/** The agent's real link against the real gateway. */
describe('the link of an agent', () => {
  let redis: RedisServer;
  let hub: HubUnderTest;
  const links: WebSocketHubLink[] = [];
  let count = 0;

  beforeAll(async () => {
    redis = await startRedis();
    hub = await startHubUnderTest({ redisUrl: redis.url, prefix: `${redis.prefix}-link` });
  }, MINUTE);
  afterEach(async () => {
    hub.inbound.failure = null;
    hub.inbound.refused.length = 0;
    await Promise.all(links.splice(0).map((link) => link.stop()));
  });
  afterAll(async () => {
    await hub.stop();
    await redis.stop();
  });

  const cluster = () => {
    const name = `link-${++count}`;
    return {
      name,
      inventory: new MemoryInventory(),
      store: new MemoryKubeStore(`uid-of-${name}`),
      handler: new Recorder(),
    };
  };
  type Cluster = ReturnType<typeof cluster>;

  const tokenFor = async (name: string): Promise<string> =>
    (await hub.tokens.create({ cluster: name, labels: {}, ttlMs: MINUTE })).token;

  const linkOf = (of: Cluster, enrolmentToken: string | null, change: Partial<LinkOptions> = {}): WebSocketHubLink => {
    const options: LinkOptions = {
      hubUrl: hub.url,
      clusterName: of.name,
      clusterLabels: {},
      enrolmentToken,
      hubCa: null,
      keyId: 'k0a1b2c',
      agentVersion: '0.1.0',
      agentEpoch: 0,
      ...change,
    };
    const link = new WebSocketHubLink(options, of.inventory, of.store, {
      info: () => undefined,
      warn: () => undefined,
    });
    links.push(link);
    link.start(of.handler);
    return link;
  };
  const online = (link: WebSocketHubLink): Promise<unknown> =>
    waitFor('the link', () => link.status().connected, { describe: () => link.status().detail, intervalMs: 5 });
  const refused = (): readonly string[] => hub.inbound.refused;
  const known = (of: Cluster): number => hub.inbound.facts(of.name).workloads.size;

  it('enrols, keeps its identity in the cluster, and tells everything', async () => {
    const own = cluster();
    for (let n = 0; n < 450; n++) own.inventory.setWorkload(workloadFact(`w${n}`));
    own.inventory.setSource(sourceFact('db'));
    const link = linkOf(own, await tokenFor(own.name));
    await waitFor('the snapshot', () => known(own) === 450);
    expect(hub.inbound.facts(own.name)).toMatchObject({ digest: own.inventory.digest() });
    expect(own.handler.epoch).toBeGreaterThan(0);
    const secret = own.store.secrets.get(IDENTITY_SECRET);
    expect(Object.keys(secret ?? {}).sort()).toEqual(['cluster', 'hubId', 'privateKey']);
    await link.stop();
    await online(linkOf(own, null));
  });

  it('protocol 23: starts without a snapshot when the hub knows everything already', async () => {
    const own = cluster();
    own.inventory.setWorkload(workloadFact('a'));
    const first = linkOf(own, await tokenFor(own.name));
    await waitFor('the snapshot', () => known(own) === 1);
    await first.stop();
    await online(linkOf(own, null));
    await waitFor('both announcements', () => hub.inbound.count('connected', own.name) === 2);
    expect(hub.inbound.count('snapshot', own.name)).toBe(1);
  });

  it('survives a restart between making its key and storing the answer', async () => {
    const own = cluster();
    const token = await tokenFor(own.name);
    const update = own.store.updateSecret.bind(own.store);
    own.store.updateSecret = () => Promise.reject(new Error('the API server is away'));
    const dying = linkOf(own, token);
    await waitFor('the registration', () => hub.registry.get(own.name));
    await dying.stop();
    own.store.updateSecret = update;
    await online(linkOf(own, token));
  });

  it('reports changes and what is gone, the latest per object, and ends with the digest of everything', async () => {
    const own = cluster();
    own.inventory.setWorkload(workloadFact('a'));
    await online(linkOf(own, await tokenFor(own.name)));
    await waitFor('the snapshot', () => known(own) === 1);
    own.inventory.setWorkload(workloadFact('a', { message: 'first' }));
    own.inventory.setWorkload(workloadFact('a', { message: 'second' }));
    own.inventory.setWorkload(workloadFact('b'));
    await waitFor('the report', () => known(own) === 2);
    own.inventory.removeWorkload('Deployment/shop/b');
    await waitFor('the digest', () => hub.inbound.facts(own.name).digest === own.inventory.digest());
    expect([...hub.inbound.facts(own.name).workloads.values()]).toEqual([workloadFact('a', { message: 'second' })]);
    expect(hub.inbound.count('snapshot', own.name)).toBe(1);
  });

  it('keeps reports and results until the hub has stored them', async () => {
    const own = cluster();
    const link = linkOf(own, await tokenFor(own.name));
    await waitFor('the announcement', () => hub.inbound.count('connected', own.name) === 1);
    hub.inbound.failure = new StoreUnavailable(new Error('away'));
    own.inventory.setWorkload(workloadFact('a'));
    link.result(result('p-1'));
    link.result(result('p-2'));
    await waitFor('the refusals', () => ['report', 'result'].every((what) => refused().includes(what)));
    hub.inbound.failure = null;
    await waitFor('the report', () => known(own) === 1);
    await waitFor(
      'the results',
      () => hub.inbound.results.filter(({ permit: id }) => id.startsWith('p-')).length === 2,
    );
    await waitFor('the digest', () => hub.inbound.facts(own.name).digest === own.inventory.digest());
  });

  it('sends a snapshot again that the hub could not store, and claims nothing before', async () => {
    const own = cluster();
    own.inventory.setWorkload(workloadFact('a'));
    hub.inbound.failure = new StoreUnavailable(new Error('away'));
    await online(linkOf(own, await tokenFor(own.name)));
    own.inventory.setWorkload(workloadFact('b'));
    await waitFor('the refusal', () => refused().includes('snapshot'));
    expect(hub.inbound.facts(own.name).digest).toBe('');
    hub.inbound.failure = null;
    await waitFor('the snapshot', () => known(own) === 2);
    expect(hub.inbound.count('snapshot', own.name)).toBe(1);
    await waitFor('the digest', () => hub.inbound.facts(own.name).digest === own.inventory.digest());
  });

  it('hands permits on in parts that fit a frame, with the hub’s time, and says that it has them', async () => {
    const own = cluster();
    await online(linkOf(own, await tokenFor(own.name)));
    expect(await hub.outbound.permit(own.name, permit(450))).toBe(true);
    await waitFor('the permits', () => own.handler.permits.length === 3);
    expect(own.handler.permits.flatMap(({ permit: part }) => part.restarts)).toEqual(permit(450).restarts);
    expect(Math.abs((own.handler.permits[0]?.hubNow ?? 0) - Date.now())).toBeLessThan(2_000);
    await waitFor('the answers', () => hub.inbound.count('permitAck', own.name) === 3);
  });

  it('protocol 11: hands on a permit that comes among fifty reports of its workload', async () => {
    const own = cluster();
    await online(linkOf(own, await tokenFor(own.name)));
    const name = 'w0';
    for (let at = 0; at < 50; at += 1) {
      own.inventory.setWorkload(workloadFact(name, { message: `update ${at}` }));
      if (at === 10) expect(await hub.outbound.permit(own.name, permit(1))).toBe(true);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await waitFor('the permit', () => own.handler.permits.length === 1);
    await waitFor('its answer', () => hub.inbound.count('permitAck', own.name) === 1);
    await waitFor('the digest', () => hub.inbound.facts(own.name).digest === own.inventory.digest());
    expect([...hub.inbound.facts(own.name).workloads.values()]).toEqual([workloadFact(name, { message: 'update 49' })]);
  });

  it('is told about cancelled rollouts in its welcome', async () => {
    const own = cluster();
    hub.inbound.cancelled.set(own.name, [{ rollout: 'r-9', fence: 7 }]);
    await online(linkOf(own, await tokenFor(own.name)));
    expect(own.handler.cancels).toEqual([{ rollout: 'r-9', fence: 7 }]);
  });

  it('comes back by itself when the hub restarts, and tells what changed meanwhile', async () => {
    const own = cluster();
    const inbound = new RecordingInbound();
    const prefix = `${redis.prefix}-restart`;
    const first = await startHubUnderTest({ redisUrl: redis.url, prefix, inbound });
    const { token } = await first.tokens.create({ cluster: own.name, labels: {}, ttlMs: MINUTE });
    const link = linkOf(own, token, { hubUrl: first.url });
    await online(link);
    await first.stop();
    own.inventory.setWorkload(workloadFact('meanwhile'));
    const second = await startHubUnderTest({ redisUrl: redis.url, prefix, inbound, port: first.port });
    await waitFor('the change', () => inbound.facts(own.name).workloads.size === 1);
    await link.stop();
    await second.stop();
  });

  it('learns the hub’s time when its own clock is wrong', async () => {
    const own = cluster();
    const clock = jest.spyOn(Date, 'now');
    const real = clock.getMockImplementation() ?? (() => performance.timeOrigin + performance.now());
    clock.mockImplementation(() => real() - 2 * 60 * MINUTE);
    try {
      await online(linkOf(own, await tokenFor(own.name)));
    } finally {
      clock.mockRestore();
    }
  });

  it('says why it is not let in, and does not hammer', async () => {
    const own = cluster();
    const without = linkOf(own, null);
    await waitFor('the reason', () => without.status().detail.startsWith('EnrolmentTokenMissing'));
    const wrong = linkOf(cluster(), `fre_aaaaaaaaaaaa_${'x'.repeat(43)}`);
    await waitFor('the reason', () => wrong.status().detail.startsWith('TokenUnknown'));
    const nowhere = linkOf(cluster(), null, { hubUrl: 'http://127.0.0.1:1', enrolmentToken: 'fre_x' });
    await waitFor('the reason', () => nowhere.status().detail.startsWith('hub unreachable'));
  });

  it('enrols again with a new token when the hub has forgotten it', async () => {
    const own = cluster();
    const first = linkOf(own, await tokenFor(own.name));
    await online(first);
    await first.stop();
    await hub.registry.remove(own.name);
    await online(linkOf(own, await tokenFor(own.name)));
  });

  it('leaves out what the protocol can not carry, and keeps the connection', async () => {
    const own = cluster();
    await online(linkOf(own, await tokenFor(own.name)));
    own.inventory.setWorkload(workloadFact('odd', { reason: 'x'.repeat(500) }));
    const many = Array.from({ length: 6_000 }, (_, n) => [`label-${n}`, 'v'.repeat(60)]);
    own.inventory.setWorkload(workloadFact('huge', { labels: Object.fromEntries(many) as Record<string, string> }));
    own.inventory.setWorkload(workloadFact('good'));
    await waitFor('the report', () => known(own) === 1);
    expect(hub.inbound.count('disconnected', own.name)).toBe(0);
  });

  it('refuses an identity that is no Ed25519 key, and says which Secret holds it', async () => {
    const own = cluster();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    own.store.secrets.set(IDENTITY_SECRET, {
      privateKey: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    });
    const link = linkOf(own, 'fre_x');
    await waitFor('the reason', () => link.status().detail.includes(IDENTITY_SECRET));
  });
});
