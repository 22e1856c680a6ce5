import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { LocalRedis } from '@test/redis/local-redis';
import { localServer } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import { IdentitiesService } from '../../apps/hub/src/fleet/identities.service';
import { HubMeta } from '../../apps/hub/src/platform/hub-meta';
import { Reconciler } from '../../apps/hub/src/wake/reconciler';
import { type FlowAgent, rev } from './flow-agent';
import { Fleet, FlowHub, SpecPolicies } from './flow-hub';

jest.setTimeout(60_000);

const DEV = 5;
const WAVES = { rollout: '@env=dev, rest / 0s' };

describe('after the store lost what it had', () => {
  let server: LocalRedis;
  let hub: FlowHub;
  let policies: SpecPolicies;
  let agents: FlowAgent[];
  let order: string[];
  let specs = 0;

  beforeEach(async () => {
    server = await LocalRedis.start(await localServer(), 'a server of this spec');
    policies = new SpecPolicies();
    policies.set('default', { ...WAVES, coalesce: { quietPeriod: '300ms' } });
    hub = await FlowHub.start(server.url, `loss${(specs += 1)}`, { fleet: new Fleet(), policies });
    [agents, order] = [[], []];
  }, 60_000);
  afterEach(async () => {
    await hub.stop();
    await server.stop();
  });

  /** The first few clusters are of the first wave. */
  async function joined(clusters: number, workloads: readonly string[]): Promise<void> {
    for (let n = 0; n < clusters; n += 1) {
      const agent = await hub.join(n < DEV ? `d${n}` : `p${n}`, n < DEV ? { env: 'dev' } : {}, workloads);
      const push = agent.restarts.push.bind(agent.restarts);
      agent.restarts.push = (...items) => (order.push(agent.cluster), push(...items));
      agents.push(agent);
    }
  }

  async function change(letter: string): Promise<void> {
    order.length = 0;
    for (const agent of agents) agent.rotate(letter);
    await Promise.all(agents.map((agent) => agent.report()));
  }

  const permits = (): number => agents.reduce((sum, agent) => sum + agent.permits.length, 0);
  const ended = (): Promise<true> =>
    waitFor('the end', async () => {
      const all = await hub.rollouts();
      return all.length > 0 && all.every(({ phase }) => phase === 'Succeeded' || phase === 'Superseded');
    });

  /** Each workload once, and no cluster of the last wave before all of the first are done. */
  function expectOnceInOrder(letter: string, workloads: readonly string[]): void {
    const wanted = workloads.map((name) => `${name}@${rev(letter)}`);
    const since = agents.map((agent) => agent.restarts.filter((each) => each.endsWith(rev(letter))).sort());
    expect(since).toEqual(agents.map(() => [...wanted].sort()));
    const lastOfFirst = order.findLastIndex((cluster) => cluster.startsWith('d'));
    expect(order.findIndex((cluster) => cluster.startsWith('p'))).toBeGreaterThan(lastOfFirst);
  }

  it('protocol 18: everything is gone in the middle of a rollout of 1000 workloads in 50 clusters; with the identities restored it ends in order', async () => {
    const workloads = Array.from({ length: 20 }, (_, n) => `web${n}`);
    await joined(50, workloads);
    const backup = await hub.module.get(IdentitiesService).backup();
    agents[DEV - 1]!.behaviour = { silent: true }; // the first wave is not over
    await change('B');
    await waitFor('some restarts', () => order.length >= 20);
    const before = Math.max(...agents.flatMap((agent) => agent.permits.map((permit) => permit.hubEpoch)));
    await hub.redis.flushall();
    policies.set('default', WAVES); // nothing but the recovery makes a change wait
    agents[DEV - 1]!.behaviour = {};
    await agents[30]!.report().catch(() => undefined); // its connection is not closed yet
    await hub.module.get(HubMeta).identity();
    const [sent, service] = [permits(), hub.module.get(IdentitiesService)];
    expect(await service.restore(backup)).toMatchObject({ unchanged: 0, waitingFor: 50 });
    expect(await service.restore(backup)).toMatchObject({ unchanged: 50, restored: [] });
    for (const agent of agents.toSpliced(DEV - 1, 1)) await hub.connectAnew(agent);
    await hub.module
      .get(Reconciler)
      .run()
      .catch(() => undefined);
    expect([permits(), await hub.rollouts()]).toEqual([sent, []]);
    await hub.connectAnew(agents[DEV - 1]!);
    await ended();
    expectOnceInOrder('B', workloads);
    const after = agents.flatMap((agent) => agent.permits).slice(-1)[0]!.hubEpoch;
    expect(after).toBeGreaterThan(before);
  });

  it('power loss with appendfsync everysec: what the last second wrote is gone, mid-command, and each restart is made once, in order', async () => {
    await hub.redis.config('SET', 'appendfsync', 'everysec');
    const workloads = ['web', 'worker'];
    await joined(12, workloads);
    for (const [letter, lostAt] of [
      ['B', 4],
      ['C', 11],
      ['D', 20],
    ] as const) {
      await change(letter);
      await waitFor('the first restarts', () => order.length >= Math.max(1, lostAt - 4));
      const size = statSync(appendFile(server)).size;
      await waitFor('more restarts', () => order.length >= lostAt);
      await server.kill();
      truncateSync(appendFile(server), Math.min(size + 7, statSync(appendFile(server)).size));
      await server.restart();
      await waitFor('the hub to be back', () => hub.redis.status === 'ready');
      for (const agent of agents) await again(() => hub.connectAnew(agent));
      await waitFor('every restart', () => order.length >= 24);
      await ended();
      expectOnceInOrder(letter, workloads);
    }
  });
});

/** The file that commands are appended to now. */
function appendFile({ dir }: LocalRedis): string {
  const folder = join(dir, 'appendonlydir');
  const file = readdirSync(folder)
    .filter((name) => name.endsWith('.incr.aof'))
    .sort()
    .at(-1);
  return join(folder, file ?? '');
}

const again = (work: () => Promise<unknown>): Promise<true> =>
  waitFor('an answer', () =>
    work().then(
      () => true as const,
      () => false as const,
    ),
  );
