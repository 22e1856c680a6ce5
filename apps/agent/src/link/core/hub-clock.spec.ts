import { HubClock } from './hub-clock';

describe('the hub’s time', () => {
  it('is infinitely late before anything was heard, so that no permit counts as valid', () => {
    expect(new HubClock().now(5)).toBe(Number.POSITIVE_INFINITY);
  });

  it('goes on by the monotonic clock', () => {
    const clock = new HubClock();
    clock.learn(1_000_000, 100);
    expect(clock.now(350)).toBe(1_000_250);
  });

  it('is not set back by a frame that was long under way', () => {
    const clock = new HubClock();
    clock.learn(1_000_000, 100);
    clock.learn(1_000_010, 5_100);
    expect(clock.now(5_100)).toBe(1_005_000);
  });

  it('forgets old differences, so that two clocks that drift do not part for ever', () => {
    const clock = new HubClock();
    clock.learn(1_000_000, 0);
    for (let n = 1; n <= 8; n++) clock.learn(999_000 + n, n);
    expect(clock.now(8)).toBe(999_008);
  });

  it('keeps what it knew until a new session says something, and then believes that alone', () => {
    const clock = new HubClock();
    clock.learn(2_000_000, 0);
    clock.newSession();
    expect(clock.now(10)).toBe(2_000_010);
    clock.learn(1_000_000, 20);
    expect(clock.now(20)).toBe(1_000_000);
  });

  it('ignores a time that is none', () => {
    const clock = new HubClock();
    clock.learn(Number.NaN, 0);
    expect(clock.known).toBe(false);
  });
});
