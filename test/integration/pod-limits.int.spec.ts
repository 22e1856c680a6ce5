import fc from 'fast-check';
import type { Ask } from '../../apps/hub/src/limits/core/admit';
import { Keys } from '../../apps/hub/src/platform/keys';
import type { StateRedis } from '../../apps/hub/src/platform/redis';
import { setting } from '@test/environment';
import { asking, Limiter, limitsOf } from './limiter';
import { onMortalRedis, SharedStore } from './shared-store';

jest.setTimeout(60_000);
const SECOND = 1_000_000;
const START = 1_800_000_000 * SECOND;
const SEED = Number(setting('FUZZ_SEED') ?? 20270101);
const ROLLOUTS = ['r1', 'r2', 'r3'] as const;

describe('pods of a cluster under restart at once, on Redis', () => {
  const store = SharedStore.forAllTests();
  let redis: StateRedis;
  let keys: Keys;
  let limiter: Limiter;

  beforeAll(() => {
    redis = store.redis;
  });
  beforeEach(() => anew());

  async function anew(): Promise<void> {
    const prefix = store.anew();
    at = START;
    keys = new Keys(prefix);
    limiter = new Limiter(redis, prefix);
    await redis.sadd(keys.activeRuns(), ...ROLLOUTS);
  }
  const ask = (name: string, pods: number, podsPerCluster: number | null = 10, cluster = 'c01'): Ask => ({
    ...{ cluster, namespace: 'shop', workload: `Deployment/shop/${name}`, revision: 'r1', pods },
    limits: limitsOf({ podsPerCluster }),
  });
  let at = START;
  const take = (rollout: string, asks: readonly Ask[], frees: readonly Ask[] = []) =>
    limiter.take({ ...asking(rollout, asks), frees }, { wall: at });
  const begun = async (...args: Parameters<typeof take>): Promise<readonly number[]> => (await take(...args)).begun;

  it('are as many as the policy lets them be, and again when they are given back', async () => {
    const [a, b, c] = [ask('a', 6), ask('b', 4), ask('c', 1)];
    const first = await take('r1', [a, b, c, ask('a', 9, 10, 'c02')]);
    expect(first.begun).toEqual([0, 1, 3]);
    expect(first.refused).toMatchObject([
      { ask: 2, reason: 'ConcurrencyLimit', scope: 'kp/c01', wait: -1, detail: '1/10/10' },
    ]);
    expect(await begun('r1', [c, ask('d', 4)], [b])).toEqual([0]);
    expect(await begun('r1', [ask('d', 3)])).toEqual([0]);
    expect(await begun('r1', [ask('e', 1)])).toEqual([]);
  });

  it('count whatever policy their restart is under, and one for a lock of which no pods are known', async () => {
    await begun('r1', [ask('wide', 7, null)]);
    await redis.hset(keys.locks('c01'), 'Deployment/shop/old', 'r1|policy|Secret/shop/1');
    expect((await take('r2', [ask('a', 3)])).refused).toMatchObject([{ detail: '3/8/10' }]);
    expect(await begun('r3', [ask('a', 2)])).toEqual([]);
    expect(await begun('r1', [ask('b', 2)])).toEqual([]);
    expect(await begun('r2', [ask('b', 2)])).toEqual([0]);
  });

  it('are more than that for a workload that has more, which then goes alone', async () => {
    const [small, big, late] = [ask('small', 1), ask('big', 80), ask('late', 1)];
    await begun('r1', [small]);
    expect((await take('r2', [big])).refused).toMatchObject([{ detail: '80/1/10' }]);
    expect((await take('r3', [late])).refused).toMatchObject([{ detail: '1/1/10' }]);
    await take('r1', [], [small]);
    expect(await begun('r3', [late])).toEqual([]);
    expect(await begun('r2', [big])).toEqual([0]);
    expect((await take('r3', [late])).refused).toMatchObject([{ detail: '1/80/10' }]);
    await take('r2', [], [big]);
    expect(await begun('r3', [late])).toEqual([0]);
  });

  it('whoever waits is looked at when pods are given back, and the next one when the first has its turn', async () => {
    const big = ask('big', 10);
    await begun('r1', [big]);
    await begun('r2', [ask('a', 2)]);
    await begun('r3', [ask('b', 2)]);
    await take('r1', [], [big]);
    expect((await redis.zrange(keys.due(), '0', '-1')).sort()).toEqual(['r:r2', 'r:r3']);
    await redis.del(keys.due());
    expect(await begun('r2', [ask('a', 2)])).toEqual([0]);
    expect(await redis.zrange(keys.due(), '0', '-1')).toEqual(['r:r3']);
  });

  it('a workload with many is not passed again and again by those with few', async () => {
    let under: readonly Ask[] = [ask('first', 2)];
    await begun('r1', under);
    for (let round = 0; under.length > 0 && round < 9; round++) {
      const next = ask(`few${round}`, 2);
      const goes = await begun('r1', [next]);
      if ((await begun('r2', [ask('many', 9)])).length > 0) break;
      await take('r1', [], under);
      under = goes.length > 0 ? [next] : [];
      at += 15 * SECOND;
    }
    expect(await begun('r2', [ask('many', 9)])).toEqual([0]);
  });

  it('nobody waits for a rollout that is over', async () => {
    await begun('r1', [ask('a', 9)]);
    await begun('r2', [ask('b', 2)]);
    expect(await begun('r3', [ask('c', 1)])).toEqual([]);
    await redis.srem(keys.activeRuns(), 'r2');
    expect(await begun('r3', [ask('c', 1)])).toEqual([0]);
  });

  it('a rollout keeps its place that is new, and not written when it asks for more than there is', async () => {
    const limits = limitsOf({ clusters: 1 });
    const inCluster = (cluster: string): Ask => ({ ...ask('web', 1, null, cluster), limits });
    const [a, b, c] = [inCluster('c01'), inCluster('c02'), inCluster('c03')];
    expect(await begun('new', [a, b])).toEqual([0]);
    await redis.sadd(keys.activeRuns(), 'new');
    expect(await begun('r1', [c])).toEqual([]);
    await take('new', [], [a]);
    expect(await begun('r1', [c])).toEqual([]);
    expect(await begun('new', [b])).toEqual([0]);
  });

  it('are counted once for a workload that a newer rollout takes over, and given back by that alone', async () => {
    const [old, anew8] = [ask('web', 6), ask('web', 8)];
    const subject = 'policy|Secret/shop/db';
    const taking = (rollout: string, more: object) =>
      limiter.take({ ...asking(rollout, []), subject, ...more }, { wall: at });
    await taking('r1', { asks: [old] });
    expect((await taking('r2', { asks: [anew8] })).begun).toEqual([0]);
    await taking('r1', { frees: [old] });
    expect((await take('r3', [ask('a', 3)])).refused).toMatchObject([{ detail: '3/8/10' }]);
    await taking('r2', { frees: [anew8] });
    expect(await begun('r3', [ask('a', 3)])).toEqual([0]);
  });

  it('stay counted over a Redis that is killed and comes back', () =>
    onMortalRedis(async (connection, die) => {
      limiter = new Limiter(connection, 'killed');
      expect(await begun('r1', [ask('a', 8)])).toEqual([0]);
      await die();
      expect(await begun('r1', [ask('b', 3)])).toEqual([]);
      expect(await begun('r1', [ask('b', 3)], [ask('a', 8)])).toEqual([0]);
    }));

  const moves = fc.array(
    fc.record({
      rollout: fc.constantFrom(...ROLLOUTS),
      asks: fc.array(fc.record({ n: fc.nat(5), pods: fc.integer({ min: 1, max: 7 }) }), { maxLength: 4 }),
      /** Of those that it restarts, how many are over. */
      over: fc.nat(3),
      gapS: fc.constantFrom(0, 1, 20),
    }),
    { minLength: 10, maxLength: 40 },
  );

  it('are never more than that beside each other, over arbitrary starts and ends; in the end nothing is held', async () => {
    let granted = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), moves, async (most, train) => {
        await anew();
        const model = new Map<string, Ask & { rollout: string }>();
        for (const { rollout, asks, over, gapS } of train) {
          at += gapS * SECOND;
          const ours = [...model.values()].filter((each) => each.rollout === rollout);
          const frees = ours.slice(0, over);
          const fresh = new Map(asks.map(({ n, pods }) => [n, ask(`w${n}`, pods, most)]));
          const wanted = [...fresh.values()].filter(({ workload }) => model.get(workload)?.rollout !== rollout);
          const taken = await take(rollout, wanted, frees);
          const isWritten = wanted.length === 0 || taken.begun.length > 0;
          if (isWritten) for (const { workload } of frees) model.delete(workload);
          for (const n of taken.begun) {
            const one = wanted[n]!;
            expect(model.has(one.workload)).toBe(false);
            model.set(one.workload, { ...one, rollout });
          }
          granted += taken.begun.length;
          const pods = [...model.values()].reduce((sum, each) => sum + each.pods, 0);
          expect(pods <= most || model.size === 1).toBe(true);
          const held = await redis.hvals(keys.locks('c01'));
          expect(held.reduce((sum, lock) => sum + Number(lock.split('|').at(-1)), 0)).toBe(pods);
        }
        for (const rollout of ROLLOUTS) await take(rollout, [], [...model.values()]);
        expect(await redis.exists(keys.locks('c01'), keys.locked())).toBe(0);
      }),
      { numRuns: 60, seed: SEED, endOnFailure: true },
    );
    expect(granted).toBeGreaterThan(200);
  });
});
