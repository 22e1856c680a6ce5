import { FIRST_WINDOW_MS, FRESH_PACE, LONGEST_WINDOW_MS, nextAttempt, type Pace, TERMINAL_WAIT_MS } from './backoff';

const unreachable = { kind: 'unreachable' } as const;

describe('coming back to the hub', () => {
  it('spreads attempts over windows that double up to a bound, one attempt per window', () => {
    let pace: Pace = FRESH_PACE;
    let at = 0;
    let windowStart = 0;
    for (
      let window = FIRST_WINDOW_MS, tries = 0;
      tries < 12;
      tries++, window = Math.min(window * 2, LONGEST_WINDOW_MS)
    ) {
      const next = nextAttempt(pace, unreachable, 0.25);
      at += next.delayMs;
      expect(at).toBeCloseTo(windowStart + window * 0.25);
      windowStart += window;
      pace = next.pace;
    }
  });

  it('starts small again after a stable session only', () => {
    const tired: Pace = { window: 64_000, rest: 0 };
    expect(nextAttempt(tired, { kind: 'ended', lastedMs: 59_000, withinMs: null }, 0.5).delayMs).toBe(32_000);
    expect(nextAttempt(tired, { kind: 'ended', lastedMs: 60_000, withinMs: null }, 0.5).delayMs).toBe(500);
  });

  it('comes back inside the time that a restarting hub gave, at a random point of it', () => {
    const end = { kind: 'ended', lastedMs: 5, withinMs: 8_000 } as const;
    expect([0, 0.5, 0.999].map((random) => nextAttempt(FRESH_PACE, end, random).delayMs)).toEqual([0, 4_000, 7_992]);
  });

  it('stays away for an hour at most, whatever number it is told', () => {
    const drained = { kind: 'ended', lastedMs: 5, withinMs: 2 ** 40 } as const;
    const refused = { kind: 'refused', terminal: false, retryAfterMs: 2 ** 40 } as const;
    expect(nextAttempt(FRESH_PACE, drained, 0.5).delayMs).toBe(1_800_000);
    expect(nextAttempt(FRESH_PACE, refused, 0).delayMs).toBe(3_600_000);
  });

  it('knocks rarely where a person has to act first', () => {
    const { delayMs } = nextAttempt(FRESH_PACE, { kind: 'refused', terminal: true, retryAfterMs: 0 }, 0.5);
    expect(delayMs).toBe(TERMINAL_WAIT_MS * 1.05);
    expect(TERMINAL_WAIT_MS).toBe(1_800_000);
  });

  it('waits as long as it was told, and else as for a hub that is away', () => {
    const told = nextAttempt(FRESH_PACE, { kind: 'refused', terminal: false, retryAfterMs: 5_000 }, 0);
    expect(told).toEqual({ delayMs: 5_000, pace: FRESH_PACE });
    const later = nextAttempt(FRESH_PACE, { kind: 'refused', terminal: false, retryAfterMs: 5_000 }, 0.5);
    expect(later.delayMs).toBe(5_625);
    const untold = { kind: 'refused', terminal: false, retryAfterMs: 0 } as const;
    expect(nextAttempt(FRESH_PACE, untold, 0.5)).toEqual(nextAttempt(FRESH_PACE, unreachable, 0.5));
  });
});
