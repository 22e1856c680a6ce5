import {
  DOUBT_MS,
  type Following,
  followed,
  following,
  isBlurred,
  isGuarded,
  read,
  SETTLE_MS,
  STEP_MS,
  stepOf,
} from './clock-guard';

const HOUR = 3_600_000;
const BASE = Date.UTC(2027, 0, 1);

describe('the guard of the clock', () => {
  it('follows drift without a word', () => {
    const state = read(following(BASE), { base: BASE + 900, blurMs: 1, at: 10_000 });
    expect(state.base).toBe(BASE + 900);
    expect(isGuarded(state, 10_000)).toBe(false);
  });

  it('takes for drift what is no more than a slow network makes of it', () => {
    const doubts = [STEP_MS, STEP_MS + 1].map(
      (by) => read(following(BASE), { base: BASE + by, blurMs: 0, at: 0 }).doubt,
    );
    expect(doubts.map((doubt) => doubt !== null)).toEqual([false, true]);
  });

  it('learns nothing from an answer that was long under way, unless it contradicts what is known', () => {
    const sharp = read(following(BASE + 700), { base: BASE, blurMs: 1, at: 0 });
    expect(sharp).toMatchObject({ base: BASE, blurMs: 1 });
    // Redis, or this process, was asleep for three seconds between question and answer.
    for (const by of [1500, -1500])
      expect(read(sharp, { base: BASE + by, blurMs: 1500, at: 0 }).base).toBeCloseTo(BASE, -1);
    expect(read(sharp, { base: BASE + 1503, blurMs: 1500, at: 0 })).toMatchObject({ base: BASE + 1503, blurMs: 1500 });
    expect(read(sharp, { base: BASE + HOUR, blurMs: HOUR - STEP_MS, at: 0 }).doubt).toBeNull();
  });

  it('takes of several answers what all of them allow', () => {
    const first = read(following(BASE), { base: BASE, blurMs: 60, at: 0 });
    expect(isBlurred(first)).toBe(true);
    const second = read(first, { base: BASE + 100, blurMs: 80, at: 0 });
    expect(second).toMatchObject({ base: BASE + 40, blurMs: 20 });
    expect([isBlurred(second), isBlurred({ ...second, blurMs: 50 })]).toEqual([false, false]);
  });

  it.each([2 * HOUR, -2 * HOUR])('rollouts 62: decides nothing from a step of %d ms until it has lasted', (by) => {
    const seen = read(following(BASE), { base: BASE + by, blurMs: 1, at: 10_000 });
    expect(seen.base).toBe(BASE);
    expect(isGuarded(seen, 10_000)).toBe(true);
    const again = read(seen, { base: BASE + by + 20, blurMs: 1, at: 20_000 });
    expect(stepOf(again, 10_000 + DOUBT_MS - 1)).toBeNull();
    expect(stepOf(again, 10_000 + DOUBT_MS)).toBe(by);
    const after = followed(again, 30_000);
    expect(after.base).toBe(BASE + by);
    expect(isGuarded(after, 30_000 + SETTLE_MS - 1)).toBe(true);
    expect(isGuarded(after, 30_000 + SETTLE_MS)).toBe(false);
  });

  it('forgets a step that is taken back, and begins anew with one that goes further', () => {
    const seen = read(following(BASE), { base: BASE + HOUR, blurMs: 1, at: 0 });
    const back: Following = read(seen, { base: BASE + 5, blurMs: 1, at: 5000 });
    expect([isGuarded(back, 5000), stepOf(back, 99_999)]).toEqual([false, null]);
    const further = read(seen, { base: BASE + 2 * HOUR, blurMs: 1, at: 5000 });
    expect(stepOf(further, DOUBT_MS)).toBeNull();
    expect(stepOf(further, 5000 + DOUBT_MS)).toBe(2 * HOUR);
  });
});
