import { backoffMs, heardOf } from './backoff';

describe('the wait before the next try', () => {
  it('doubles up to half a minute, at the latest point of each window', () => {
    expect([1, 2, 3, 7, 8, 99].map((tries) => backoffMs(tries, 1))).toEqual([250, 500, 1000, 16_000, 30_000, 30_000]);
  });

  it('is short as long as nothing is heard of the server', () => {
    const heard = { leastMs: null, noAnswer: true } as const;
    expect([1, 5, 6, 99].map((tries) => backoffMs(tries, 1, heard))).toEqual([250, 4000, 5000, 5000]);
  });

  it('is in the later half of its window, wherever chance puts it', () => {
    expect([0, 0.5, 1].map((random) => backoffMs(3, random))).toEqual([500, 750, 1000]);
  });

  it('goes by what an answer says of the server', () => {
    const answer = { kind: 'unavailable', message: '', retryAfterMs: null } as const;
    expect(heardOf({ ...answer, noAnswer: true })).toEqual({ leastMs: null, noAnswer: true });
    expect(heardOf({ ...answer, retryAfterMs: 7000 })).toEqual({ leastMs: 7000 });
  });

  it('comes after what the server asked for', () => {
    expect(backoffMs(1, 1, { leastMs: 7000 })).toBe(7250);
  });
});
