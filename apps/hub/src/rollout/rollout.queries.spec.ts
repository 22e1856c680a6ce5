import { Keys } from '../platform/keys';
import type { StateRedis } from '../platform/redis';
import { RolloutQueries } from './rollout.queries';
import type { RolloutStore } from './rollout.store';

const COUNT = 130;
/** Three in each millisecond. */
const madeAt = (id: string): number => Math.floor(Number(id.slice(2)) / 3);
const idOf = (n: number): string => `r-${String(n).padStart(5, '0')}`;

/** An index in memory, of which `leaves` goes once the first rows were read; half of the rollouts are of the policy. */
function queriesOver(leaves: string) {
  const index = new Set(Array.from({ length: COUNT }, (_, n) => idOf(n + 1)));
  const zrevrangebyscore = (...asked: (string | number)[]): Promise<string[]> => {
    const most = asked[1] === '+inf' ? Infinity : Number(asked[1]);
    const rows = [...index]
      .filter((id) => madeAt(id) <= most)
      .sort()
      .reverse();
    index.delete(leaves);
    return Promise.resolve(rows.slice(0, Number(asked.at(-1))).flatMap((id) => [id, String(madeAt(id))]));
  };
  const rolloutOf = (id: string) => ({ id, phase: 'Running', policy: { name: id > idOf(50) ? 'a' : 'b' } });
  const loadMany = (ids: readonly string[]) => Promise.resolve(ids.map((id) => ({ rollout: rolloutOf(id) })));
  const redis = { zrevrangebyscore } as unknown as StateRedis;
  return new RolloutQueries(redis, new Keys('t'), { loadMany } as unknown as RolloutStore);
}

const ASKED = { phase: 'Running', policy: 'b', cluster: null, visible: null } as const;

it.each([0, 1, 2])('a list goes on behind a rollout that has left its index meanwhile (%i)', async (n) => {
  const cursor = `${madeAt(idOf(COUNT - n))} ${idOf(COUNT - n)}`;
  const queries = queriesOver(idOf(COUNT - n - 50)); // the last one of the first look
  const { items, nextCursor } = await queries.list(ASKED, { limit: 100, cursor });
  expect([items.length, nextCursor]).toEqual([50, null]);
  expect(items.map(({ rollout }) => rollout.id)).toEqual(Array.from({ length: 50 }, (_, n) => idOf(50 - n)));
});
