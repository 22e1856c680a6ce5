import type { RedisServer } from '@test/redis/redis-server';
import { type Asked, type Fate, RedisTap } from '@test/redis/redis-tap';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import { StoreUnavailable } from '../../apps/hub/src/platform/redis';
import type { FlowAgent } from './flow-agent';
import { rev } from './flow-agent';
import { Fleet, FlowHub, SpecPolicies } from './flow-hub';

jest.setTimeout(90_000);

/** Of each kind, the first commands and not the whole row. */
const OF_A_KIND = 2;
/** Reading leaves nothing behind: a death at a read is one after the write before it. */
const READS =
  /^(HELLO|INFO|CONFIG|CLIENT|PING|TIME|AUTH|SELECT|COMMAND|H?M?GET(ALL)?|H?KEYS|HLEN|SMEMBERS|Z?S?CARD|ZRANGE\w*|XRANGE|XREVRANGE|EXISTS|BZPOPMIN)$/;
const AT_ONCE = 40;

type Point = Asked & Readonly<{ fate: Fate }>;
type Life = Readonly<{ tap: RedisTap; hub: FlowHub; fleet: Fleet; dev: FlowAgent; prod: FlowAgent; prefix: string }>;

describe('a hub that dies or loses a reply at any command of its work', () => {
  let server: RedisServer;
  let lives = 0;
  const hubs: FlowHub[] = [];
  const taps: RedisTap[] = [];
  const policies = new SpecPolicies();

  beforeAll(async () => {
    server = await startRedis({ own: true });
    policies.set('default', { rollout: '@env=dev, rest / 0s', coalesce: { quietPeriod: '100ms' } });
  }, 60_000);
  afterAll(async () => {
    for (const tap of taps) tap.revive();
    await Promise.all(hubs.map((hub) => hub.stop()));
    await Promise.all(taps.map((tap) => tap.stop()));
    await server.stop();
  }, 60_000);

  /** A hub behind a tap, with one cluster in each of its two waves. */
  async function begin(): Promise<Life> {
    const [tap, fleet] = [await RedisTap.start(server.port), new Fleet()];
    taps.push(tap);
    const prefix = `kill${(lives += 1)}`;
    const hub = await started(tap.url, prefix, fleet);
    const [dev, prod] = [await hub.join('d1', { env: 'dev' }), await hub.join('p1')];
    tap.take();
    return { tap, hub, fleet, dev, prod, prefix };
  }

  async function started(url: string, prefix: string, fleet: Fleet): Promise<FlowHub> {
    const hub = await FlowHub.start(url, prefix, { fleet, policies });
    hubs.push(hub);
    return hub;
  }

  /** Both clusters have revision B and say so, again where the hub could not keep it. */
  async function change({ dev, prod }: Life, while_: () => boolean): Promise<void> {
    await Promise.all(
      [dev, prod].map(async (agent) => {
        agent.rotate('B');
        await waitFor('a report that is kept', async () => !while_() || told(agent.report()));
      }),
    );
  }

  /**
   * Each workload restarted once, the first wave before the second. A report that the dead hub did not keep may come when
   * the rollout of the other cluster is over: then it gets one of its own.
   */
  async function expectDone(hub: FlowHub, { dev, prod }: Life, order: readonly string[], point: Point): Promise<void> {
    const rollouts = await waitFor(
      `the end after ${JSON.stringify(point)}`,
      async () => {
        const all = (await quietly(hub.rollouts())) ?? [];
        const isTold = dev.restarts.length > 0 && prod.restarts.length > 0;
        return isTold && all.length > 0 && all.every(({ phase }) => phase === 'Succeeded') && all;
      },
      { timeoutMs: 60_000, describe: () => JSON.stringify([dev.restarts, prod.restarts]) },
    );
    const restarts = [[...dev.restarts], [...prod.restarts]];
    expect(rollouts.length).toBeLessThanOrEqual(2);
    expect({ point, restarts, order }).toEqual({
      ...{ point, order: ['d1', 'p1'] },
      restarts: [[`web@${rev('B')}`], [`web@${rev('B')}`]],
    });
  }

  /** Every command that changes something between a report and the end of its rollout. */
  async function points(fates: readonly Fate[]): Promise<readonly Point[]> {
    const life = await begin();
    await change(life, () => true);
    await waitFor('the end', async () => (await life.hub.rollouts())[0]?.phase === 'Succeeded');
    const kinds = [...life.tap.take()].filter(([kind]) => !READS.test(kind));
    return kinds.flatMap(([kind, times]) =>
      Array.from({ length: Math.min(times, OF_A_KIND) }, (_, n) =>
        fates.map((fate) => ({ kind, nth: n + 1, fate })),
      ).flat(),
    );
  }

  /** Which cluster restarted when, by what their agents did. */
  function watched({ dev, prod }: Life): readonly string[] {
    const order: string[] = [];
    for (const agent of [dev, prod]) {
      const push = agent.restarts.push.bind(agent.restarts);
      agent.restarts.push = (...items) => (order.push(agent.cluster), push(...items));
    }
    return order;
  }

  const aim = ({ tap }: Life, point: Point): void => {
    tap.fate = ({ kind, nth }) => (!tap.cut && kind === point.kind && nth === point.nth ? point.fate : 'pass');
  };

  async function dies(point: Point): Promise<boolean> {
    const life = await begin();
    const { tap, fleet, prefix, dev, prod } = life;
    const order = watched(life);
    const deliver = fleet.permit.bind(fleet);
    fleet.permit = (...args) => (tap.isDead ? Promise.resolve(false) : deliver(...args));
    aim(life, point);
    await change(life, () => !tap.cut);
    await waitFor('its death', async () => tap.cut || (await quietly(life.hub.rollouts()))?.[0]?.phase === 'Succeeded');
    const next = new Fleet();
    const successor = await started(server.url, prefix, next);
    for (const agent of [dev, prod]) {
      next.agents.set(agent.cluster, agent);
      agent.moveTo(() => successor.inbound);
      await successor.connectAnew(agent);
    }
    await expectDone(successor, life, order, point);
    tap.revive(); // what was dead was only frozen: it wakes up in a world that went on
    await life.hub.stop();
    expect([dev.restarts.length, prod.restarts.length]).toEqual([1, 1]);
    return tap.cut;
  }

  async function losesReply(point: Point): Promise<boolean> {
    const life = await begin();
    const order = watched(life);
    aim(life, point);
    await change(life, () => true);
    await expectDone(life.hub, life, order, point);
    return life.tap.cut;
  }

  async function each(all: readonly Point[], run: (point: Point) => Promise<boolean>): Promise<number> {
    const left = [...all];
    let cut = 0;
    const worker = async (): Promise<void> => {
      for (let point = left.shift(); point; point = left.shift()) if (await run(point)) cut += 1;
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return cut;
  }

  it('rollouts 56, 57, 61: a successor ends what a hub left that died or froze before or after any write, each restart once, and nothing when it wakes', async () => {
    const all = await points(['kill-before', 'kill-after']);
    const cut = await each(all, dies);
    expect(all.length).toBeGreaterThan(20);
    expect(cut).toBeGreaterThan(all.length * 0.8);
  });

  it('goes on by itself when the reply to any write is lost, which may have been carried out, each restart once', async () => {
    const all = await points(['lose-reply']);
    const cut = await each(all, losesReply);
    expect(cut).toBeGreaterThan(all.length * 0.8);
  });
});

const quietly = <T>(work: Promise<T>): Promise<T | undefined> => work.catch(() => undefined);

/** Whether the hub kept it; that it can not be reached is no fault of the report. */
const told = (report: Promise<void>): Promise<boolean> =>
  report.then(
    () => true,
    (error: unknown) => {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    },
  );
