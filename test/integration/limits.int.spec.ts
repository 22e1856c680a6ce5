import fc from 'fast-check';
import type { Ask } from '../../apps/hub/src/limits/core/admit';
import type { LimitsHere } from '../../apps/hub/src/limits/core/limits-here';
import { betterOf, type Heard, mostAt } from '../../apps/hub/src/limits/core/steady';
import { LimitClock } from '../../apps/hub/src/limits/limit-clock';
import { LimitUpkeep } from '../../apps/hub/src/limits/limit-upkeep';
import { Keys } from '../../apps/hub/src/platform/keys';
import type { StateRedis } from '../../apps/hub/src/platform/redis';
import { setting } from '@test/environment';
import { asking, Limiter, limitsOf } from './limiter';
import { onMortalRedis, SharedStore } from './shared-store';

jest.setTimeout(60_000);
const SECOND = 1_000_000;
const SEED = Number(setting('FUZZ_SEED') ?? 20270101);
const START = 1_800_000_000 * SECOND;

describe('limits of restarts, on Redis', () => {
  const store = SharedStore.forAllTests();
  let redis: StateRedis;

  beforeAll(() => {
    redis = store.redis;
  });

  const newLimiter = (): Limiter => new Limiter(redis, store.anew());
  const ask = (cluster: string, name: string, limits: LimitsHere, namespace = 'shop'): Ask => ({
    ...{ cluster, namespace, workload: `Deployment/${namespace}/${name}`, revision: 'r1', pods: 1, limits },
  });

  it('rollouts 70: five at once, then one every six seconds, the last of twenty at 90 s; with two replicas the same', async () => {
    const limits = limitsOf({ cluster: ['10/m', 5] });
    const limiter = newLimiter();
    let left = Array.from({ length: 20 }, (_, n) => ask('c01', `w${n}`, limits));
    const begunAt: number[] = [];
    for (let tick = 0; left.length > 0 && tick < 400; tick++) {
      // Replicas whose clocks are a little apart ask in turns.
      const at = START + (tick * SECOND) / 4 + (tick % 2) * 1000;
      const { begun } = await limiter.take(asking(`r${tick % 2}`, left), { wall: at });
      begunAt.push(...begun.map(() => Math.round((at - START) / SECOND)));
      left = left.filter((_, n) => !begun.includes(n));
    }
    expect(begunAt).toEqual([0, 0, 0, 0, 0, ...Array.from({ length: 15 }, (_, n) => 6 * (n + 1))]);
  });

  it('rollouts 71: what the namespace refuses takes nothing of the cluster, nor of all clusters', async () => {
    const limiter = newLimiter();
    const limits = limitsOf({ global: ['1/h', 2], cluster: ['1/h', 2], namespace: ['1/h', 1] });
    const first = await limiter.take(asking('r1', [ask('c01', 'a', limits)]), { wall: START });
    const refused = await limiter.take(asking('r1', [ask('c01', 'b', limits)]), { wall: START });
    const other = await limiter.take(asking('r1', [ask('c01', 'c', limits, 'pay')]), { wall: START });
    expect([first.begun, refused.begun, other.begun]).toEqual([[0], [], [0]]);
    expect(refused.refused).toMatchObject([{ reason: 'RateLimit', scope: 'n/c01/shop', wait: 3600 * SECOND }]);
  });

  it('rollouts 92: who waits for the lock of a workload takes no token', async () => {
    const limiter = newLimiter();
    const limits = limitsOf({ cluster: ['1/h', 2] });
    await redis.sadd(`{${store.prefix}}:runs:active`, 'r1', 'r2');
    await limiter.take(asking('r1', [ask('c01', 'web', limits)]), { wall: START });
    const second = await limiter.take(asking('r2', [ask('c01', 'web', limits), ask('c01', 'api', limits)]), {
      wall: START,
    });
    expect(second).toMatchObject({
      begun: [1],
      refused: [{ ask: 0, reason: 'WorkloadLocked', detail: 'r1', wait: -1 }],
    });
  });

  it('rollouts 75: one with a single restart is next, whatever thousands wait for in another cluster', async () => {
    const limiter = newLimiter();
    const limits = limitsOf({ global: ['1/s', 2] });
    const crowd = Array.from({ length: 400 }, (_, n) => asking(`noisy${n}`, [ask('c01', `w${n}`, limits)]));
    for (const one of crowd) await limiter.take(one, { wall: START });
    const single = asking('quiet', [ask('c02', 'web', limits)]);
    expect((await limiter.take(single, { wall: START })).begun).toEqual([]);
    let served = 0;
    let seconds = 0;
    for (let done = false; !done && seconds < 30;) {
      seconds += 1;
      for (const one of crowd.slice(0, 50))
        served += (await limiter.take(one, { wall: START + seconds * SECOND })).begun.length;
      done = (await limiter.take(single, { wall: START + seconds * SECOND })).begun.length > 0;
    }
    expect([seconds <= 3, served <= 3]).toEqual([true, true]);
  });

  it('who waits for many is served in turns with who waits for one', async () => {
    const limiter = newLimiter();
    const limits = limitsOf({ global: ['1/s', 4] });
    const many = Array.from({ length: 20 }, (_, n) => ask('c01', `w${n}`, limits));
    const first = await limiter.take(asking('many', many), { wall: START });
    expect(first.begun).toHaveLength(4);
    const rest = asking('many', many.slice(4));
    await limiter.take(rest, { wall: START });
    await limiter.take(asking('one', [ask('c02', 'web', limits)]), { wall: START });
    const later = await limiter.take(rest, { wall: START + 3 * SECOND });
    expect(later.begun).toHaveLength(2);
    const one = await limiter.take(asking('one', [ask('c02', 'web', limits)]), { wall: START + 3 * SECOND });
    expect(one.begun).toEqual([0]);
  });

  it('who does not ask any more loses its place, not before three looks', async () => {
    const limiter = newLimiter();
    const limits = limitsOf({ cluster: ['1/m', 1] });
    const take = async (rollout: string, seconds: number): Promise<number> =>
      (await limiter.take(asking(rollout, [ask('c01', rollout, limits)]), { wall: START + seconds * SECOND })).begun
        .length;
    expect([await take('gone', 0), await take('first', 1), await take('second', 2)]).toEqual([1, 0, 0]);
    expect([await take('first', 30), await take('second', 61), await take('second', 74)]).toEqual([0, 0, 0]);
    expect(await take('second', 76)).toBe(1);
  });

  it('lets slots be taken up to their number, and again when they are given back', async () => {
    const limiter = newLimiter();
    const limits = limitsOf({ clusters: 1, workloadsPerCluster: 2 });
    const here = ['a', 'b', 'c'].map((name) => ask('c01', name, limits));
    const first = await limiter.take(asking('r1', [...here, ask('c02', 'a', limits)]), { wall: START });
    expect(first.begun).toEqual([0, 1]);
    expect(first.refused.map(({ scope }) => scope)).toEqual(['kw/c01', 'kc']);
    const frees = here.slice(0, 2);
    const next = await limiter.take({ ...asking('r1', here.slice(2)), frees }, { wall: START });
    expect(next.begun).toEqual([0]);
  });

  it('counts on over a Redis that is killed and comes back', () =>
    onMortalRedis(async (connection, die) => {
      const limits = limitsOf({ cluster: ['1/h', 3] });
      const limiter = new Limiter(connection, 'killed');
      const take = async (name: string): Promise<number> =>
        (await limiter.take(asking('r1', [ask('c01', name, limits)]), { wall: START })).begun.length;
      expect([await take('a'), await take('b')]).toEqual([1, 1]);
      await die();
      expect([await take('c'), await take('d')]).toEqual([1, 0]);
    }));

  it('forgets what says nothing any more, and nothing else', async () => {
    const limiter = newLimiter();
    const keys = new Keys(store.prefix);
    const fast = limitsOf({ global: ['1/s', 1] });
    const slow = limitsOf({ cluster: ['1/h', 1] });
    await limiter.take(asking('r1', [ask('c01', 'a', fast), ask('c02', 'a', slow)]), { wall: START });
    const clock = new LimitClock(redis, keys);
    await redis.hset(keys.rates(), 'now', (START + 1800 * SECOND).toFixed(0), 'wall', (Date.now() * 1000).toFixed(0));
    await new LimitUpkeep(redis, keys, clock).prune();
    const buckets = async (): Promise<string[]> =>
      Object.keys(await redis.hgetall(keys.rates())).filter((name) => name.startsWith('c/c02|3600000000/'));
    expect(await buckets()).toHaveLength(1);
    await redis.hset(keys.rates(), 'now', (START + 9000 * SECOND).toFixed(0));
    expect(await new LimitUpkeep(redis, keys, clock).prune()).toBeLessThanOrEqual(4);
    expect(await buckets()).toEqual([]);
    clock.onApplicationShutdown();
  });

  it('forgets whoever has not asked for an hour, and the line with it', async () => {
    const limiter = newLimiter();
    const keys = new Keys(store.prefix);
    const limits = limitsOf({ cluster: ['1/h', 1] });
    await limiter.take(asking('r1', [ask('c01', 'a', limits)]), { wall: START });
    await limiter.take(asking('r2', [ask('c01', 'b', limits)]), { wall: START });
    const waiting = (): Promise<number> => redis.exists(keys.askedLast(), `${keys.lines()}c/c01`);
    const clock = new LimitClock(redis, keys);
    const upkeep = new LimitUpkeep(redis, keys, clock);
    await upkeep.prune();
    expect(await waiting()).toBe(2);
    await redis.hset(keys.rates(), 'now', (START + 3700 * SECOND).toFixed(0));
    await upkeep.prune();
    expect(await waiting()).toBe(0);
    clock.onApplicationShutdown();
  });

  const rates = fc.constantFrom<readonly [string, number]>(
    ['10/s', 1],
    ['10/s', 5],
    ['100/m', 3],
    ['7/m', 2],
    ['50/s', 20],
  );
  const trains = fc.array(
    fc.record({
      gapUs: fc.constantFrom(0, 0, 1000, 20_000, 100_000, 600_000, 5 * SECOND),
      cluster: fc.constantFrom('c01', 'c01', 'c02'),
      namespace: fc.constantFrom('shop', 'pay'),
      many: fc.integer({ min: 1, max: 6 }),
      replica: fc.nat(2),
      /** How long the command is on its way, and how long the answer to the replica's last look at the clock was. */
      wayUs: fc.constantFrom(50, 300, 300, 5000, 90_000),
      looks: fc.boolean(),
      /** Somebody sets the clock of the store. */
      stepUs: fc.constantFrom(0, 0, 0, 0, 3600 * SECOND, -3600 * SECOND, 2 * SECOND, -500_000),
    }),
    { minLength: 20, maxLength: 60 },
  );

  it('rollouts 50, 70: holds in windows of every length, over arbitrary trains from several replicas and a clock that is set', async () => {
    let granted = 0;
    await fc.assert(
      fc.asyncProperty(rates, rates, rates, trains, async (global, cluster, namespace, train) => {
        const limits = limitsOf({ global, cluster, namespace });
        const limiter = newLimiter();
        const begun: Begun[] = [];
        const heard = new Map<number, Heard>();
        let [at, offset] = [START, 0];
        const look = async (replica: number, wayUs: number): Promise<void> => {
          const known = heard.get(replica);
          const time = await limiter.time({ wall: at + offset, ...(known && { most: mostAt(known, at - 50) }) });
          heard.set(replica, betterOf(known ?? null, { time, askedAt: at - 50, heardAt: at + wayUs }));
          at += wayUs;
        };
        for (const replica of [0, 1, 2]) await look(replica, 300);
        for (const [n, step] of train.entries()) {
          at += step.gapUs;
          offset += step.stepUs;
          if (step.looks) await look(step.replica, step.wayUs);
          const known = heard.get(step.replica);
          const most = known && mostAt(known, at);
          at += step.wayUs;
          const asks = Array.from({ length: step.many }, (_, k) =>
            ask(step.cluster, `w${n}-${k}`, limits, step.namespace),
          );
          const times = { wall: at + offset, ...(most && { most }) };
          const taken = await limiter.take(asking(`r${step.replica}`, asks), times);
          const takenAt = at;
          // Replicas look every ten seconds: they have, before somebody sets the clock again.
          if (step.stepUs !== 0) for (const replica of [0, 1, 2]) await look(replica, 300);
          begun.push(...taken.begun.map(() => ({ at: takenAt, cluster: step.cluster, namespace: step.namespace })));
        }
        granted += begun.length;
        expect(excess(begun, { global, cluster, namespace })).toEqual([]);
      }),
      { numRuns: 60, seed: SEED, endOnFailure: true },
    );
    expect(granted).toBeGreaterThan(300);
  });
});

type Begun = Readonly<{ at: number; cluster: string; namespace: string }>;
type Said = Readonly<Record<'global' | 'cluster' | 'namespace', readonly [string, number]>>;

/** Windows that hold more restarts than they may: the burst, and one for each interval that fits in. */
function excess(begun: readonly Begun[], { global, cluster, namespace }: Said): readonly string[] {
  const groups = new Map<string, Readonly<{ times: number[]; rate: readonly [string, number] }>>();
  for (const one of begun) {
    const scopes = [
      ['g', global],
      [one.cluster, cluster],
      [`${one.cluster}/${one.namespace}`, namespace],
    ] as const;
    for (const [name, rate] of scopes) {
      const group = groups.get(name) ?? { times: [], rate };
      group.times.push(one.at);
      groups.set(name, group);
    }
  }
  return [...groups].flatMap(([name, { times, rate }]) => overfull(times, rate).map((text) => `${name}: ${text}`));
}

function overfull(times: readonly number[], [text, burst]: readonly [string, number]): readonly string[] {
  const [count = '', unit = ''] = text.split('/');
  const every = ({ s: 1, m: 60, h: 3600 }[unit] ?? NaN) * (SECOND / Number(count));
  return times.flatMap((from, first) =>
    times.slice(first).flatMap((to, n) => {
      const may = burst + Math.floor((to - from) / every + 1e-9);
      return n + 1 > may ? [`${n + 1} of ${may} within ${to - from} us`] : [];
    }),
  );
}
