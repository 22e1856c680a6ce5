import { once } from 'node:events';
import { waitFor } from '@test/wait';
import { StoreUnavailable } from '../../apps/hub/src/platform/redis';
import type { HubUnderTest } from './channel/hub-under-test';
import { sourceFact, workloadFact } from './channel/memory-cluster';
import { RawAgent, report } from './channel/raw-agent';
import { SharedGateway } from './channel/shared-gateway';

/** protocol: what each frame promises. */
describe('frames on the agent channel', () => {
  const gateway = SharedGateway.forAllTests('frames', { helloWithinMs: 500 });
  let hub: HubUnderTest;

  beforeAll(() => {
    hub = gateway.hub;
  });

  const stateOf = async ({ cluster }: RawAgent): Promise<string | undefined> =>
    (await hub.registry.presence([cluster])).get(cluster)?.connection;

  it('welcomes with a number that rises with each session, and asks for a snapshot only when the digests differ', async () => {
    const agent = await gateway.joined();
    const first = await agent.open(hub);
    first.hello(agent.uid, { inventoryDigest: 'digest-1' });
    const welcome = await first.next('welcome');
    expect(welcome.body).toMatchObject({ snapshot: 'full', proto: 1, heartbeatSeconds: 25, credits: 64 });
    expect(hub.inbound.count('connected', agent.cluster)).toBe(0);
    await first.snapshot('digest-1', [workloadFact('a')]);
    await waitFor('the announcement', () => hub.inbound.count('connected', agent.cluster) === 1);
    const second = await agent.open(hub);
    second.hello(agent.uid, { inventoryDigest: 'digest-1' });
    const again = await second.next('welcome');
    expect(again.body.snapshot).toBe('none');
    expect(again.body.sessionEpoch).toBeGreaterThan(welcome.body.sessionEpoch);
  });

  it('protocol 19: stores what the agent says of itself and rises above the highest hub epoch it has seen', async () => {
    const agent = await gateway.joined();
    const socket = await agent.open(hub);
    socket.hello(agent.uid, { maxHubEpochSeen: 41, kubernetesVersion: 'v1.36.7' });
    expect((await socket.next('welcome')).body.hubEpoch).toBe(42);
    expect(await hub.registry.get(agent.cluster)).toMatchObject({ kubernetesVersion: 'v1.36.7', proto: 1 });
  });

  it('lets no agent push the epoch that all clusters obey to where numbers end', async () => {
    const [liar, other] = [await gateway.joined(), await gateway.joined()];
    const lying = await liar.open(hub);
    lying.hello(liar.uid, { maxHubEpochSeen: Number.MAX_SAFE_INTEGER });
    expect((await lying.next('reject')).body).toMatchObject({ code: 'EpochNotCredible', terminal: true });
    const honest = await other.open(hub);
    honest.hello(other.uid);
    expect((await honest.next('welcome')).body.hubEpoch).toBeLessThan(1_000_000);
  });

  it('rejects an agent whose protocol it does not speak', async () => {
    const agent = await gateway.joined();
    const socket = await agent.open(hub);
    socket.hello(agent.uid, { proto: { min: 7, max: 9 } });
    expect((await socket.next('reject')).body).toMatchObject({ code: 'ProtocolUnsupported', terminal: true });
  });

  it('drops a connection that says nothing', async () => {
    const socket = await (await gateway.joined()).open(hub);
    expect((await socket.close()).code).toBe(1008);
  });

  it('protocol 60: five hundred connections that say nothing cost those that talk nothing, and end soon', async () => {
    const [, talking] = await gateway.connected();
    const mute = await gateway.joined();
    const silent = await Promise.all(Array.from({ length: 500 }, () => mute.open(hub)));
    for (let beat = 0; beat < 20; beat++) {
      const began = performance.now();
      await talking.answer(talking.send('heartbeat', { pending: 0, inventoryDigest: '' }));
      expect(performance.now() - began).toBeLessThan(2000);
    }
    for (const socket of silent) expect((await socket.close()).code).toBe(1008);
    expect(talking.closed).toBeNull();
  });

  it('acknowledges a report only once it is stored', async () => {
    const [agent, socket] = await gateway.connected();
    hub.inbound.failure = new StoreUnavailable(new Error('away'));
    const refused = await socket.answer(socket.send('report', report({ workloads: [workloadFact('a')] })));
    expect(refused).toMatchObject({ t: 'error', body: { code: 'StoreUnavailable', retryable: true } });
    expect(hub.inbound.facts(agent.cluster).workloads.size).toBe(0);
    hub.inbound.failure = null;
    const isHeard = async () => (await hub.outbound.outOfTouch([agent.cluster])).length === 0;
    expect(await isHeard()).toBe(false); // no plan is made without what it has to say
    const stored = await socket.answer(socket.send('report', report({ workloads: [workloadFact('a')] })));
    expect(stored).toMatchObject({ t: 'ack', body: { disposition: 'stored' } });
    expect(hub.inbound.facts(agent.cluster).workloads.size).toBe(1);
    const inventoryDigest = await hub.inbound.inventoryDigest(agent.cluster);
    await socket.answer(socket.send('heartbeat', { pending: 0, inventoryDigest }));
    await waitFor('the agent to be heard again', isHeard);
  });

  it('handles the frames of a session in their order', async () => {
    const [agent, socket] = await gateway.connected();
    const frames = Array.from({ length: 50 }, (_, n) =>
      socket.send('report', report({ sources: [sourceFact('db', `seed-${n}`)], inventoryDigest: `d${n}` })),
    );
    await socket.answer(frames.at(-1) ?? '');
    expect(hub.inbound.facts(agent.cluster).digest).toBe('d49');
    const answered = socket.received.filter(({ re }) => re !== undefined && frames.includes(re)).map(({ re }) => re);
    expect(answered).toEqual(frames);
  });

  describe('a snapshot', () => {
    it('protocol 20: that is cut changes nothing', async () => {
      const agent = await gateway.joined();
      const whole = await agent.open(hub);
      whole.hello(agent.uid);
      await whole.next('welcome');
      await whole.snapshot('whole', [workloadFact('a'), workloadFact('b')]);
      const cut = await agent.open(hub);
      cut.hello(agent.uid, { inventoryDigest: 'other' });
      expect((await cut.next('welcome')).body.snapshot).toBe('full');
      cut.send('snapshotBegin', { snapshot: 's' });
      cut.send('snapshotItems', { snapshot: 's', sources: [], workloads: [workloadFact('c')] });
      cut.socket.terminate();
      await waitFor('the session to end', async () => (await stateOf(agent)) === 'offline');
      expect([...hub.inbound.facts(agent.cluster).workloads.keys()]).toEqual([
        'Deployment/shop/a',
        'Deployment/shop/b',
      ]);
      expect(hub.inbound.facts(agent.cluster).digest).toBe('whole');
    });

    it('that does not count what it announced changes nothing and is asked for again', async () => {
      const [agent, socket] = await gateway.connected();
      const before = hub.inbound.count('snapshot', agent.cluster);
      socket.send('snapshotBegin', { snapshot: 'short' });
      socket.send('snapshotItems', { snapshot: 'short', sources: [], workloads: [workloadFact('a')] });
      const end = socket.send('snapshotEnd', { snapshot: 'short', sources: 0, workloads: 2, inventoryDigest: 'x' });
      expect(await socket.answer(end)).toMatchObject({
        t: 'error',
        body: { code: 'SnapshotIncomplete', retryable: true },
      });
      const stray = socket.send('snapshotEnd', { snapshot: 'stray', sources: 0, workloads: 0, inventoryDigest: 'x' });
      expect(await socket.answer(stray)).toMatchObject({ t: 'error', body: { code: 'SnapshotIncomplete' } });
      expect(hub.inbound.count('snapshot', agent.cluster)).toBe(before);
    });

    it('protocol 21: that is empty deletes nothing that was known until the agent has said it again', async () => {
      const agent = await gateway.joined();
      const socket = await agent.open(hub);
      socket.hello(agent.uid);
      await socket.next('welcome');
      const known = Array.from({ length: 300 }, (_, n) => workloadFact(`w${n}`));
      await socket.snapshot('whole', known.slice(0, 150));
      const more = socket.send('report', report({ workloads: known.slice(150), inventoryDigest: 'all' }));
      await socket.answer(more);
      const end = { snapshot: 'e', sources: 0, workloads: 0, inventoryDigest: 'nothing' };
      for (const code of ['SnapshotUnconfirmed', undefined]) {
        expect(hub.inbound.facts(agent.cluster).workloads.size).toBe(300);
        socket.send('snapshotBegin', { snapshot: 'e' });
        const answer = await socket.answer(socket.send('snapshotEnd', end));
        expect(answer).toMatchObject(code ? { t: 'error', body: { code, retryable: true } } : { t: 'ack' });
      }
      expect(hub.inbound.facts(agent.cluster).workloads.size).toBe(0);
    });

    it('protocol 24: gives way to reports that arrive while it does: the later word wins', async () => {
      const [agent, socket] = await gateway.connected();
      socket.send('snapshotBegin', { snapshot: 's2' });
      const early = socket.send('report', report({ workloads: [workloadFact('a', { message: 'newer' })] }));
      socket.send('snapshotItems', {
        snapshot: 's2',
        sources: [],
        workloads: [workloadFact('a', { message: 'older' })],
      });
      const end = socket.send('snapshotEnd', { snapshot: 's2', sources: 0, workloads: 1, inventoryDigest: 'x' });
      await socket.answer(early);
      expect(socket.received.findIndex(({ re }) => re === end)).toBeLessThan(
        socket.received.findIndex(({ re }) => re === early),
      );
      expect(hub.inbound.facts(agent.cluster).workloads.get('Deployment/shop/a')).toMatchObject({ message: 'newer' });
    });
  });

  it('keeps no more reports for the end of a snapshot than it gave credits', async () => {
    const [agent, socket] = await gateway.connected();
    const { credits } = (await socket.next('welcome')).body;
    socket.send('snapshotBegin', { snapshot: 's2' });
    const waiting = Array.from({ length: credits + 1 }, (_, at) =>
      socket.send('report', report({ workloads: [workloadFact(`w${at}`)] })),
    );
    expect(await socket.answer(waiting[credits] ?? '')).toMatchObject({
      t: 'error',
      body: { code: 'CreditsExceeded', retryable: true },
    });
    socket.send('snapshotEnd', { snapshot: 's2', sources: 0, workloads: 0, inventoryDigest: '' });
    for (const frame of waiting.slice(0, credits)) expect(await socket.answer(frame)).toMatchObject({ t: 'ack' });
    expect(hub.inbound.facts(agent.cluster).workloads.size).toBe(credits);
  });

  describe('two sessions of one cluster', () => {
    it('protocol 32: leave the newer one, and the end of the older does not touch it', async () => {
      const [agent, older] = await gateway.connected();
      const newer = await agent.session(hub);
      expect((await older.close()).code).toBe(4001);
      await newer.answer(newer.send('heartbeat', { pending: 0, inventoryDigest: 'x' }));
      expect(await stateOf(agent)).toBe('online');
      expect(hub.inbound.count('disconnected', agent.cluster)).toBe(0);
      newer.socket.close();
      await waitFor('the end', () => hub.inbound.count('disconnected', agent.cluster) === 1);
      expect(await stateOf(agent)).toBe('offline');
    });

    it('take nothing of the older one once the newer one is there', async () => {
      const [agent, older] = await gateway.connected();
      older.socket.pause(); // it does not learn that it is over
      const newer = await agent.session(hub);
      older.send('report', report({ workloads: [workloadFact('ghost')] }));
      older.socket.resume();
      expect((await older.close()).code).toBe(4001);
      await newer.answer(newer.send('report', report({ workloads: [workloadFact('real')] })));
      expect([...hub.inbound.facts(agent.cluster).workloads.keys()]).toEqual(['Deployment/shop/real']);
    });

    it('on two replicas: the older one is told, and a permit finds its way', async () => {
      const other = await gateway.start();
      try {
        const [agent, older] = await gateway.connected();
        const newer = await agent.session(other);
        expect((await older.close()).code).toBe(4001);
        await waitFor('one rung', () => other.inbound.count('connected', agent.cluster) === 1);
        expect(await hub.outbound.cancel(agent.cluster, { rollout: 'r-1', fence: 1 })).toBe(true);
        await waitFor('the ring', () => other.inbound.count('resend', agent.cluster) === 1);
        other.inbound.cancelled.set(agent.cluster, [{ rollout: 'r-1', fence: 1 }]);
        await hub.outbound.cancel(agent.cluster, { rollout: 'r-1', fence: 1 });
        expect((await newer.next('cancel')).body).toEqual({ rollout: 'r-1', fence: 1 });
      } finally {
        await other.stop();
      }
    });

    it('on another replica: not relied upon when the store was away, which may be an older one since', async () => {
      const [agent] = await gateway.connected();
      const other = await gateway.start();
      try {
        expect(await other.outbound.outOfTouch([agent.cluster])).toEqual([]);
        const since = Date.now();
        const back = once(other.redis, 'ready');
        other.redis.disconnect(true);
        await back;
        const [away] = await other.outbound.outOfTouch([agent.cluster]);
        expect(away?.since).toBeGreaterThanOrEqual(since - 1000); // a moment ago, whatever the store says of its last sign
      } finally {
        await other.stop();
      }
    });

    it('sends nothing to a cluster without one, and says so', async () => {
      expect(await hub.outbound.cancel('nobody', { rollout: 'r-1', fence: 1 })).toBe(false);
    });
  });

  it('answers a message of a newer protocol without giving up the session', async () => {
    const [, socket] = await gateway.connected();
    expect(await socket.answer(socket.send('invented', {}))).toMatchObject({
      t: 'error',
      body: { code: 'Unsupported' },
    });
    await socket.answer(socket.send('heartbeat', { pending: 0, inventoryDigest: '' }));
    expect(socket.received.filter(({ t }) => t === 'resync')).toEqual([]);
    expect(socket.closed).toBeNull();
  });

  it('asks for everything when a frame is missing', async () => {
    const [, socket] = await gateway.connected();
    socket.send('heartbeat', { pending: 0, inventoryDigest: '' }, { seq: 99 });
    await socket.next('resync');
    expect(socket.closed).toBeNull();
  });

  it('protocol 22: asks for everything when its picture stays different from the agent’s', async () => {
    const [, socket] = await gateway.connected();
    for (let beat = 0; beat < 11; beat++) {
      await socket.answer(socket.send('heartbeat', { pending: 0, inventoryDigest: 'drifted' }));
    }
    await socket.next('resync');
  });

  it('protocol 22: a store that was away may be an older one: the next heartbeat is compared, and one difference is enough', async () => {
    const [agent, socket] = await gateway.connected();
    const outOfTouch = async () => (await hub.outbound.outOfTouch([agent.cluster])).map(({ cluster }) => cluster);
    const storeComesBack = async (): Promise<void> => {
      const back = once(hub.redis, 'ready');
      hub.redis.disconnect(true);
      await back;
    };
    const beat = (inventoryDigest: string) => socket.answer(socket.send('heartbeat', { pending: 0, inventoryDigest }));
    await waitFor('the agent to be heard', async () => (await outOfTouch()).length === 0);
    await storeComesBack();
    expect(await outOfTouch()).toEqual([agent.cluster]); // no plan is made before it has spoken
    await beat('drifted');
    await socket.next('resync');
    expect(await outOfTouch()).toEqual([agent.cluster]);
    await storeComesBack();
    await beat(await hub.inbound.inventoryDigest(agent.cluster));
    await waitFor('the agent to be heard again', async () => (await outOfTouch()).length === 0);
  });

  it('sends agents away to come back when it stops, and calls none of them lost', async () => {
    const stopping = await gateway.start({ store: 'stop' });
    const agent = new RawAgent('stopped');
    await agent.join(stopping);
    const socket = await agent.session(stopping);
    await stopping.stop();
    expect((await socket.next('drain')).body.reconnectWithinMs).toBeGreaterThanOrEqual(1000);
    expect((await socket.close()).code).toBe(1012);
    expect(stopping.inbound.count('disconnected', 'stopped')).toBe(0);
  });
});
