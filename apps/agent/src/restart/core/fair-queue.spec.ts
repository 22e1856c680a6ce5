import { backoffMs } from './backoff';
import { FairQueue } from './fair-queue';

describe('fair queue', () => {
  it('lets groups take turns, and keeps the order within each', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'a2', 'a3']) queue.push('a', item);
    queue.push('b', 'b1');
    expect(queue.take()).toBe('a1');
    queue.push('c', 'c1');
    expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual(['b1', 'a2', 'c1', 'a3']);
    expect(queue.take()).toBeUndefined();
    expect(queue.size).toBe(0);
  });
});

describe('back-off', () => {
  it('doubles up to half a minute, and is never without chance', () => {
    expect([1, 2, 3, 20, 2000].map((tries) => backoffMs(tries, 0))).toEqual([125, 250, 500, 15_000, 15_000]);
    expect(backoffMs(1, 0.999)).toBeLessThanOrEqual(250);
  });

  it('waits out what the server asked for', () => {
    expect(backoffMs(1, 0, { leastMs: 7000 })).toBe(7125);
  });
});
