import { generateKeyPairSync } from 'node:crypto';
import { Doorbell } from '../../apps/hub/src/gateway/doorbell';
import type { HubUnderTest } from './channel/hub-under-test';
import { RawAgent } from './channel/raw-agent';
import { SharedGateway } from './channel/shared-gateway';

const HOUR = 3_600_000;

/** protocol: who gets in, and as whom. */
describe('trust on the agent channel', () => {
  const gateway = SharedGateway.forAllTests('trust');
  let hub: HubUnderTest;

  beforeAll(() => {
    hub = gateway.hub;
  });

  const boundToken = async (cluster: string, ttlMs = HOUR): Promise<string> =>
    (await hub.tokens.create({ cluster, labels: { env: 'prod' }, ttlMs })).token;
  const problemCode = async (answer: Response): Promise<string> =>
    ((await answer.json()) as { type: string }).type.split(':').at(-1) ?? '';

  describe('enrolment', () => {
    it('protocol 43: lets exactly one of 100 agents that use the same token at once in', async () => {
      const { token } = await hub.tokens.create({ cluster: null, labels: {}, ttlMs: HOUR });
      const agents = Array.from({ length: 100 }, (_, n) => new RawAgent(`hundred-${n}`));
      const answers = await Promise.all(agents.map((agent) => agent.enrol(hub, token)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(99);
      const registered = await hub.registry.many(agents.map(({ cluster }) => cluster));
      expect(registered).toHaveLength(1);
    });

    it('approves at once with a token that is bound to the name, and takes the labels of the token over those of the agent', async () => {
      const agent = new RawAgent('bound');
      const answer = await agent.enrol(hub, await boundToken('bound'), { labels: { env: 'dev', zone: 'a' } });
      expect(await answer.json()).toEqual({ cluster: 'bound', state: 'Approved', hubId: hub.hubId });
      expect(await hub.registry.get('bound')).toMatchObject({ labels: { env: 'prod', zone: 'a' }, state: 'Approved' });
    });

    it('gives the same agent the same answer again, for a reply can get lost; and nobody else', async () => {
      const token = await boundToken('repeated');
      const agent = new RawAgent('repeated');
      const [first, second] = [await agent.enrol(hub, token), await agent.enrol(hub, token)];
      expect(await second.json()).toEqual(await first.json());
      const thief = await new RawAgent('repeated', agent.uid).enrol(hub, token);
      expect([thief.status, await problemCode(thief)]).toEqual([401, 'TokenUsed']);
    });

    it('lets a cluster with an unbound token wait until somebody approves it', async () => {
      const { token } = await hub.tokens.create({ cluster: null, labels: {}, ttlMs: HOUR });
      const agent = new RawAgent('waiting');
      expect(await (await agent.enrol(hub, token)).json()).toMatchObject({ state: 'Pending' });
      expect(await agent.connect(hub)).toMatchObject({ kind: 'refused', status: 403, body: { terminal: false } });
      await hub.registry.approve('waiting');
      expect((await agent.connect(hub)).kind).toBe('open');
    });

    it('protocol 43: refuses expired, unknown, deleted and misused tokens, and a proof by another key', async () => {
      const late = await new RawAgent('late').enrol(hub, await boundToken('late', -1));
      expect([late.status, await problemCode(late)]).toEqual([401, 'TokenExpired']);
      const unknown = await new RawAgent('unknown').enrol(hub, `fre_aaaaaaaaaaaa_${'x'.repeat(43)}`);
      expect([unknown.status, await problemCode(unknown)]).toEqual([401, 'TokenUnknown']);
      const { token, record } = await hub.tokens.create({ cluster: null, labels: {}, ttlMs: HOUR });
      await hub.tokens.delete(record.id);
      expect((await new RawAgent('deleted').enrol(hub, token)).status).toBe(401);
      const elsewhere = await new RawAgent('elsewhere').enrol(hub, await boundToken('here'));
      expect([elsewhere.status, await problemCode(elsewhere)]).toEqual([403, 'TokenBoundElsewhere']);
      const forged = await new RawAgent('forged').enrol(hub, await boundToken('forged'), {
        publicKey: new RawAgent('x').publicKey,
      });
      expect([forged.status, await problemCode(forged)]).toEqual([400, 'ProofInvalid']);
      const odd = await new RawAgent('odd').enrol(hub, await boundToken('odd'), { admin: true });
      expect(odd.status).toBe(400);
      expect(await hub.registry.many(['late', 'unknown', 'deleted', 'elsewhere', 'here', 'forged', 'odd'])).toEqual([]);
    });

    it('rollouts 55: refuses a second cluster under a used name, and shows the conflict', async () => {
      await new RawAgent('taken').join(hub);
      const second = await new RawAgent('taken', 'uid-of-another').enrol(hub, await boundToken('taken'));
      expect([second.status, await problemCode(second)]).toEqual([409, 'IdentityConflict']);
      expect((await hub.registry.get('taken'))?.claimedAt).toBeGreaterThan(0);
    });

    it('lets nobody bring another cluster into conflict with a token that is not for that one', async () => {
      await new RawAgent('quiet').join(hub);
      const { token } = await hub.tokens.create({ cluster: null, labels: {}, ttlMs: HOUR });
      const second = await new RawAgent('quiet', 'uid-of-a-stranger').enrol(hub, token);
      expect([second.status, (await hub.registry.get('quiet'))?.claimedAt]).toEqual([409, undefined]);
    });

    it('protocol 44: never replaces a key silently: the old agent stays connected until the new key is approved', async () => {
      const old = new RawAgent('rekeyed');
      await old.join(hub);
      const session = await old.session(hub);
      const fresh = new RawAgent('rekeyed');
      expect(await (await fresh.enrol(hub, await boundToken('rekeyed'))).json()).toMatchObject({ state: 'Pending' });
      expect(await fresh.connect(hub)).toMatchObject({ status: 403 });
      await hub.sweeps.credentials();
      expect(session.closed).toBeNull();
      await hub.registry.approve('rekeyed');
      await session.close();
      expect((await fresh.connect(hub)).kind).toBe('open');
      expect(await old.connect(hub)).toMatchObject({ status: 401, body: { terminal: true } });
    });

    it('lets a known cluster wait that asks for a second name', async () => {
      await new RawAgent('first-name', 'uid-twice').join(hub);
      const again = await new RawAgent('second-name', 'uid-twice').enrol(hub, await boundToken('second-name'));
      expect(await again.json()).toMatchObject({ state: 'Pending' });
    });
  });

  describe('connecting', () => {
    it('takes no upgrade without a signature, and none signed by another key', async () => {
      const agent = new RawAgent('signed');
      await agent.join(hub);
      expect(await agent.connect(hub, '')).toMatchObject({ kind: 'refused', status: 401 });
      expect(await agent.connect(hub, 'a.b.c')).toMatchObject({ kind: 'refused', status: 401 });
      const { privateKey } = generateKeyPairSync('ed25519');
      expect(await agent.connect(hub, await agent.token(hub, {}, privateKey))).toMatchObject({ status: 401 });
    });

    it('protocol 41: takes a connect token once', async () => {
      const agent = new RawAgent('once');
      await agent.join(hub);
      const token = await agent.token(hub);
      expect((await agent.connect(hub, token)).kind).toBe('open');
      expect(await agent.connect(hub, token)).toMatchObject({
        status: 401,
        body: { type: expect.stringMatching(/TokenReplayed$/) as string },
      });
      expect((await hub.audit.list(1, null))[0]).toMatchObject({
        ...{ actor: 'anonymous', action: 'clusters.connect', subject: 'once' },
        detail: { outcome: 'refused', code: 'TokenReplayed' },
      });
    });

    it.each([
      ['that has expired', () => ({ iat: now() - 120, exp: now() - 60 })],
      ['that lives too long', () => ({ exp: now() + 3600 })],
      ['from the future', () => ({ iat: now() + 300, exp: now() + 360 })],
      ['for another hub', () => ({ aud: 'another-hub' })],
    ])('protocol 41: refuses a token %s', async (_, claims) => {
      const agent = new RawAgent(`claims-${Math.random().toString(36).slice(2)}`);
      await agent.join(hub);
      expect(await agent.connect(hub, await agent.token(hub, claims()))).toMatchObject({
        kind: 'refused',
        status: 401,
      });
    });

    it('protocol 46: matches names whole: a key opens its own name and no other', async () => {
      const agent = new RawAgent('prod');
      await agent.join(hub);
      for (const cluster of ['prod-1', 'prod1xyz']) await new RawAgent(cluster).join(hub);
      for (const sub of ['prod-1', 'prod1xyz', 'PROD', 'pro', 'prоd', 'prod ', 'nobody', '']) {
        expect(await agent.connect(hub, await agent.token(hub, { sub }))).toMatchObject({
          kind: 'refused',
          status: 401,
        });
      }
    });

    it('ends the session of a revoked or removed cluster within seconds, and lets it in no more', async () => {
      for (const verb of ['revoke', 'remove'] as const) {
        const agent = new RawAgent(`gone-by-${verb}`);
        await agent.join(hub);
        const session = await agent.session(hub);
        await hub.registry[verb](agent.cluster);
        expect((await session.close()).code).toBe(1008);
        expect(await agent.connect(hub)).toMatchObject({ kind: 'refused', status: 401, body: { terminal: true } });
      }
    });

    it('protocol 63: a revoked cluster is out within seconds and stays out, though no replica is told of it', async () => {
      const agent = new RawAgent('revoked-in-silence');
      await agent.join(hub);
      const session = await agent.session(hub);
      const bell = jest.spyOn(Doorbell.prototype, 'ring').mockResolvedValue(false);
      const publish = jest.spyOn(hub.redis, 'publish').mockResolvedValue(0);
      try {
        await hub.registry.revoke(agent.cluster);
        expect((await session.close()).code).toBe(1008);
      } finally {
        bell.mockRestore();
        publish.mockRestore();
      }
      const another = await gateway.start();
      const late = await agent.connect(another);
      await another.stop();
      expect(late).toMatchObject({ kind: 'refused', status: 401, body: { terminal: true } });
    });

    it('rollouts 55: rejects an identity that was copied into another cluster; a person settles the conflict', async () => {
      const agent = new RawAgent('copied');
      await agent.join(hub);
      const socket = await agent.open(hub);
      socket.hello('uid-of-the-other-cluster');
      expect((await socket.next('reject')).body).toMatchObject({ code: 'IdentityConflict', terminal: true });
      await socket.close();
      expect((await hub.registry.get('copied'))?.claimedAt).toBeGreaterThan(0);
      await hub.registry.approve('copied');
      expect((await hub.registry.get('copied'))?.claimedAt).toBeUndefined();
    });

    it('keeps no token and no part of one in the store', async () => {
      const token = await boundToken('canary');
      await new RawAgent('canary').enrol(hub, token);
      const secret = token.split('_').slice(2).join('_');
      const dump = await dumpOf(hub);
      expect(dump).toContain('canary');
      expect(dump).not.toContain(secret);
    });
  });
});

const now = (): number => Math.floor(Date.now() / 1000);

async function dumpOf({ redis }: HubUnderTest): Promise<string> {
  const keys = await redis.keys('*');
  const values = await Promise.all(
    keys.map(async (key) => {
      const type = await redis.type(key);
      if (type === 'hash') return redis.hgetall(key);
      if (type === 'stream') return redis.xrange(key, '-', '+');
      return type === 'string' ? redis.get(key) : type;
    }),
  );
  return JSON.stringify([keys, values]);
}
