import { TestClock } from '../testing/test-clock';
import { RestartBudget } from './restart-budget';

type Item = { name: string };

/** A budget whose items begin at once when they may; `begun`: when each did, in s. */
function budget(most: number | null): {
  ask: (turn: string, name: string) => void;
  clock: TestClock;
  begun: [string, number][];
  parts: RestartBudget<Item>;
} {
  const clock = new TestClock();
  const begun: [string, number][] = [];
  const turns = new WeakMap<Item, string>();
  const parts: RestartBudget<Item> = new RestartBudget<Item>(most, clock, (item) => tryIt(item));
  const tryIt = (item: Item): void => {
    if (parts.admit(turns.get(item) ?? '', item)) begun.push([item.name, Math.floor(clock.monotonic() / 1000)]);
  };
  const ask = (turn: string, name: string): void => {
    const item = { name };
    turns.set(item, turn);
    tryIt(item);
  };
  return { ask, clock, begun, parts };
}

describe('the budget of restarts', () => {
  it('protocol 51: holds against ten thousand at once: in no minute more than the bound', async () => {
    const { ask, clock, begun } = budget(30);
    for (let at = 0; at < 10_000; at += 1) ask(`rollout-${at % 7}`, `w-${at}`);
    expect(begun).toHaveLength(30);
    await clock.advance(10 * 60_000);
    for (let from = 0; from < 600; from += 1) {
      const within = begun.filter(([, second]) => second >= from && second < from + 60);
      expect(within.length).toBeLessThanOrEqual(31);
    }
    expect(begun.length).toBeGreaterThan(9 * 30);
  });

  it('takes those who wait in fair turns, before whoever comes later', async () => {
    const { ask, clock, begun } = budget(2);
    for (const name of ['a1', 'a2', 'a3', 'a4']) ask('a', name);
    ask('b', 'b1');
    await clock.advance(58_000);
    ask('c', 'c1');
    await clock.advance(60_000);
    expect(begun.map(([name]) => name)).toEqual(['a1', 'a2', 'a3', 'b1']);
    await clock.advance(60_000);
    expect(
      begun
        .map(([name]) => name)
        .slice(4)
        .sort(),
    ).toEqual(['a4', 'c1']);
  });

  it('who comes when there is room again does not pass those who wait for it', async () => {
    const { ask, clock, begun } = budget(1);
    for (const name of ['first', 'second']) ask('a', name);
    clock.skip(60_500);
    ask('b', 'late');
    await clock.advance(0);
    expect(begun.map(([name]) => name)).toEqual(['first', 'second']);
  });

  it('what was admitted and did not begin costs nothing', () => {
    const { ask, begun, parts } = budget(1);
    ask('a', 'one');
    parts.giveBack();
    ask('a', 'two');
    expect(begun.map(([name]) => name)).toEqual(['one', 'two']);
  });

  it('without a bound lets everything through', () => {
    const { ask, begun } = budget(null);
    for (let at = 0; at < 100; at += 1) ask('a', `w-${at}`);
    expect(begun).toHaveLength(100);
  });
});
