import type { Ask } from '../../apps/hub/src/limits/core/admit';
import type { LimitsHere } from '../../apps/hub/src/limits/core/limits-here';
import { Keys } from '../../apps/hub/src/platform/keys';
import type { StateRedis } from '../../apps/hub/src/platform/redis';
import { asking, Limiter, limitsOf } from './limiter';
import { SharedStore } from './shared-store';

jest.setTimeout(30_000);
const SECOND = 1_000_000;
const START = 1_800_000_000 * SECOND;
/** A rollout that revokes, by its name. */
const isUrgent = (rollout: string): boolean => rollout.startsWith('urgent');

describe('who waits for tokens and slots under a policy that revokes, on Redis', () => {
  const store = SharedStore.forAllTests();
  let redis: StateRedis;
  let limiter: Limiter;
  let seconds = 0;

  beforeAll(() => {
    redis = store.redis;
  });
  beforeEach(async () => {
    const prefix = store.anew();
    seconds = 0;
    limiter = new Limiter(redis, prefix);
    const rollouts = ['holder', 'first', 'second', 'third', 'late', 'urgent', 'urgent-2'];
    await redis.sadd(new Keys(prefix).activeRuns(), ...rollouts);
  });

  const ask = (rollout: string, cluster: string, limits: LimitsHere): Ask => ({
    ...{ cluster, namespace: 'shop', workload: `Deployment/shop/${rollout}`, revision: 'r1', pods: 1, limits },
  });
  const take = async (rollout: string, asks: readonly Ask[], frees: readonly Ask[] = []): Promise<boolean> => {
    const starts = { ...asking(rollout, asks), ...(isUrgent(rollout) && { urgent: true as const }), frees };
    return (await limiter.take(starts, { wall: START + seconds * SECOND })).begun.length > 0;
  };

  /** Everybody asks in turn, and waits; then what is held is given back, again and again. @returns who was served, in order */
  async function served(
    waiting: readonly (readonly [string, string])[],
    limits: LimitsHere,
  ): Promise<readonly string[]> {
    let holder = ask('holder', 'c01', limits);
    let owner = 'holder';
    expect(await take(owner, [holder])).toBe(true);
    for (const [rollout, cluster] of waiting) {
      seconds += 1;
      expect(await take(rollout, [ask(rollout, cluster, limits)])).toBe(false);
    }
    const order: string[] = [];
    let left = waiting;
    while (left.length > 0) {
      await take(owner, [], [holder]);
      const next = await nextOf(left, limits);
      [owner, holder] = next;
      order.push(owner);
      left = left.filter(([name]) => name !== next[0]);
    }
    return order;
  }

  /** They ask every 15 s, as all have to who want to keep their place; who is not next gets nothing, whoever asks first. */
  async function nextOf(
    left: readonly (readonly [string, string])[],
    limits: LimitsHere,
  ): Promise<readonly [string, Ask]> {
    for (let looks = 0; looks < 10; looks++) {
      seconds += 15;
      for (const [rollout, cluster] of left) {
        const one = ask(rollout, cluster, limits);
        if (await take(rollout, [one])) return [rollout, one];
      }
    }
    throw new Error(`nobody is next of ${left.map(([rollout]) => rollout).join(', ')}`);
  }

  const ELSEWHERE = [
    ['first', 'c02'],
    ['second', 'c03'],
    ['urgent', 'c04'],
  ] as const;
  const HERE = ELSEWHERE.map(([rollout]) => [rollout, 'c01'] as const);
  it.each<[string, LimitsHere, readonly (readonly [string, string])[]]>([
    ['tokens of all clusters', limitsOf({ global: ['1/m', 1] }), ELSEWHERE],
    ['tokens of a cluster', limitsOf({ cluster: ['1/m', 1] }), HERE],
    ['tokens of a namespace', limitsOf({ namespace: ['1/m', 1] }), HERE],
    ['clusters at a time', limitsOf({ clusters: 1 }), ELSEWHERE],
    ['workloads of a cluster at a time', limitsOf({ workloadsPerCluster: 1 }), HERE],
    ['pods of a cluster at a time', limitsOf({ podsPerCluster: 1 }), HERE],
  ])('is next for %s, and the others keep their order', async (_what, limits, waiting) => {
    expect(await served(waiting, limits)).toEqual(['urgent', 'first', 'second']);
  });

  it('comes behind others that revoke and came before, in whatever cluster', async () => {
    const waiting = [['first', 'c02'] as const, ['urgent', 'c03'] as const, ['urgent-2', 'c02'] as const];
    expect(await served(waiting, limitsOf({ global: ['1/m', 1] }))).toEqual(['urgent', 'urgent-2', 'first']);
  });

  it('leaves the turns of clusters as they were', async () => {
    const usual = [['first', 'c02'] as const, ['second', 'c02'] as const, ['third', 'c03'] as const];
    const waiting = [...usual, ['urgent', 'c02'] as const, ['late', 'c02'] as const];
    const order = ['first', 'third', 'second', 'late'];
    expect(await served(waiting, limitsOf({ global: ['1/m', 1] }))).toEqual(['urgent', ...order]);
  });
});
