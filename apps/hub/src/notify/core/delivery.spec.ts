import { pauseMs, verdictOf } from './delivery';
import { Places } from './places';

const answered = (status: number, retryAfter: string | null = null) => verdictOf({ status, retryAfter });

describe('what a receiver answers', () => {
  it.each([200, 201, 204, 299])('%i: it was told', (status) => expect(answered(status)).toEqual({ kind: 'delivered' }));

  it.each([408, 429, 500, 503, 599])('%i: it is tried again', (status) =>
    expect(answered(status)).toEqual({ kind: 'again', why: `the receiver answered ${status}`, notBeforeMs: 0 }),
  );

  it.each([400, 401, 404, 410])('%i: another try would change nothing', (status) =>
    expect(answered(status)).toEqual({ kind: 'refused', why: `the receiver answered ${status}` }),
  );

  it.each([300, 301, 307, 399])('%i: it is not followed to another address', (status) =>
    expect(answered(status)).toEqual({
      ...{ kind: 'refused', why: `the receiver answered ${status}, and no other address is called` },
    }),
  );

  it('nothing: it is tried again', () => {
    expect(verdictOf({ why: 'no answer within 10 s' })).toMatchObject({ kind: 'again', why: 'no answer within 10 s' });
  });

  it.each([
    ['7', 7000],
    ['999999', 3_600_000],
    ['-1', 0],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 0],
  ])('with Retry-After %s: not sooner, as far as that can be understood', (text, notBeforeMs) =>
    expect(answered(429, text)).toMatchObject({ notBeforeMs }),
  );
});

describe('a notification that could not be delivered', () => {
  const pauses = Array.from({ length: 40 }, (_, n) => pauseMs('halted_r-1_1_pager', n + 1, 0));

  it('is tried for about a day, less and less often, and then given up', () => {
    const some = pauses.filter((pause) => pause !== null);
    expect(pauses.slice(some.length).every((pause) => pause === null)).toBe(true);
    expect(some.reduce((sum, pause) => sum + pause, 0) / 3_600_000).toBeCloseTo(24, -1);
    expect(Math.max(...some)).toBeLessThanOrEqual(1.1 * 3_600_000);
    expect(some[0]).toBeLessThanOrEqual(1100);
  });

  it('waits for as long as the receiver asks', () => {
    expect([pauseMs('a', 1, 60_000), pauseMs('a', 36, 60_000)]).toEqual([60_000, null]);
  });
});

describe('places', () => {
  it('that one receiver takes up are free for every other', () => {
    const places = new Places(2);
    expect(['a', 'a', 'a', 'b', 'a'].map((receiver) => places.take(receiver))).toEqual([0, 0, 1, 0, 2]);
    places.leave('a');
    expect(['a', 'a'].map((receiver) => places.take(receiver))).toEqual([0, 1]);
    places.leave('c');
    expect(['c', 'c', 'c'].map((receiver) => places.take(receiver))).toEqual([0, 0, 1]);
  });
});
