import type { Result } from '@app/contracts/wire/agent-messages';
import type { Permit } from '@app/contracts/wire/hub-messages';
import { waitFor } from '@test/wait';
import { StoreUnavailable } from '../../apps/hub/src/platform/redis';
import type { HubUnderTest } from './channel/hub-under-test';
import { LinkedAgents, type LinkedCluster, online } from './channel/linked-agents';
import { workloadFact } from './channel/memory-cluster';
import { RecordingInbound } from './channel/recording-inbound';
import { SharedGateway } from './channel/shared-gateway';

const MINUTE = 60_000;
jest.setTimeout(30_000);

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
  const gateway = SharedGateway.forAllTests('link');
  const agents = LinkedAgents.forEachTest(gateway);
  let hub: HubUnderTest;

  beforeAll(() => {
    hub = gateway.hub;
  });

  const refused = (): readonly string[] => hub.inbound.refused;
  const known = (of: LinkedCluster): number => hub.inbound.facts(of.name).workloads.size;

  it('protocol 23: starts without a snapshot when the hub knows everything already', async () => {
    const own = agents.cluster();
    own.inventory.setWorkload(workloadFact('a'));
    const first = agents.link(own, await agents.tokenFor(own));
    await waitFor('the snapshot', () => known(own) === 1);
    await first.stop();
    await online(agents.link(own, null));
    await waitFor('both announcements', () => hub.inbound.count('connected', own.name) === 2);
    expect(hub.inbound.count('snapshot', own.name)).toBe(1);
  });

  it('reports changes and what is gone, the latest per object, and ends with the digest of everything', async () => {
    const own = agents.cluster();
    own.inventory.setWorkload(workloadFact('a'));
    await online(agents.link(own, await agents.tokenFor(own)));
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
    const own = agents.cluster();
    const link = agents.link(own, await agents.tokenFor(own));
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
    const own = agents.cluster();
    own.inventory.setWorkload(workloadFact('a'));
    hub.inbound.failure = new StoreUnavailable(new Error('away'));
    await online(agents.link(own, await agents.tokenFor(own)));
    own.inventory.setWorkload(workloadFact('b'));
    await waitFor('the refusal', () => refused().includes('snapshot'));
    expect(hub.inbound.facts(own.name).digest).toBe('');
    hub.inbound.failure = null;
    await waitFor('the snapshot', () => known(own) === 2);
    expect(hub.inbound.count('snapshot', own.name)).toBe(1);
    await waitFor('the digest', () => hub.inbound.facts(own.name).digest === own.inventory.digest());
  });

  it('hands permits on in parts that fit a frame, with the hub’s time, and says that it has them', async () => {
    const own = agents.cluster();
    await online(agents.link(own, await agents.tokenFor(own)));
    expect(await hub.outbound.permit(own.name, permit(450))).toBe(true);
    await waitFor('the permits', () => own.handler.permits.length === 3);
    expect(own.handler.permits.flatMap(({ permit: part }) => part.restarts)).toEqual(permit(450).restarts);
    expect(Math.abs((own.handler.permits[0]?.hubNow ?? 0) - Date.now())).toBeLessThan(2_000);
    await waitFor('the answers', () => hub.inbound.count('permitAck', own.name) === 3);
  });

  it('warns when another agent with its identity takes its session', async () => {
    const own = agents.cluster();
    const warned: object[] = [];
    await online(agents.link(own, await agents.tokenFor(own), hub.url, (fields) => void warned.push(fields)));
    await online(agents.link(own, null));
    await waitFor('the warning', () => warned.length > 0, { intervalMs: 5 });
    expect(warned[0]).toMatchObject({ reason: 'a newer session of this cluster took over' });
  });

  it('protocol 11: hands on a permit that comes among fifty reports of its workload', async () => {
    const own = agents.cluster();
    await online(agents.link(own, await agents.tokenFor(own)));
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
    const own = agents.cluster();
    hub.inbound.cancelled.set(own.name, [{ rollout: 'r-9', fence: 7 }]);
    await online(agents.link(own, await agents.tokenFor(own)));
    expect(own.handler.cancels).toEqual([{ rollout: 'r-9', fence: 7 }]);
  });

  it('is told which keys of sources count, after its welcome and when that changes', async () => {
    const own = agents.cluster();
    const meta = { policy: 'p', sources: null, workloads: null, ignoreKeys: ['meta.*'] };
    await online(agents.link(own, await agents.tokenFor(own)));
    await waitFor('the rules', () => own.handler.rules.length === 1, { intervalMs: 5 });
    await hub.sweeps.keyRules();
    hub.inbound.rules = [meta];
    await hub.sweeps.keyRules();
    hub.inbound.rules = Array.from({ length: 5_000 }, () => meta); // more than a frame holds
    await hub.sweeps.keyRules();
    await waitFor('the last', () => own.handler.rules.length === 3, { intervalMs: 5 });
    expect(own.handler.rules).toEqual([[], [meta], []]);
    hub.inbound.rules = []; // last: the hub's own sweep tells what is new, too
  });

  it('comes back by itself when the hub restarts, and tells what changed meanwhile', async () => {
    const own = agents.cluster();
    const inbound = new RecordingInbound();
    const first = await gateway.start({ store: 'restart', inbound });
    const { token } = await first.tokens.create({ cluster: own.name, labels: {}, ttlMs: MINUTE });
    const link = agents.link(own, token, first.url);
    await online(link);
    await first.stop();
    own.inventory.setWorkload(workloadFact('meanwhile'));
    const second = await gateway.start({ store: 'restart', inbound, port: first.port });
    await waitFor('the change', () => inbound.facts(own.name).workloads.size === 1);
    await link.stop();
    await second.stop();
  });

  it('learns the hub’s time when its own clock is wrong', async () => {
    const own = agents.cluster();
    const clock = jest.spyOn(Date, 'now');
    const real = clock.getMockImplementation() ?? (() => performance.timeOrigin + performance.now());
    clock.mockImplementation(() => real() - 2 * 60 * MINUTE);
    try {
      await online(agents.link(own, await agents.tokenFor(own)));
    } finally {
      clock.mockRestore();
    }
  });

  it('leaves out what the protocol can not carry, and keeps the connection', async () => {
    const own = agents.cluster();
    await online(agents.link(own, await agents.tokenFor(own)));
    own.inventory.setWorkload(workloadFact('odd', { reason: 'x'.repeat(500) }));
    const many = Array.from({ length: 6_000 }, (_, n) => [`label-${n}`, 'v'.repeat(60)]);
    own.inventory.setWorkload(workloadFact('huge', { labels: Object.fromEntries(many) as Record<string, string> }));
    own.inventory.setWorkload(workloadFact('good'));
    await waitFor('the report', () => known(own) === 1);
    expect(hub.inbound.count('disconnected', own.name)).toBe(0);
  });
});
