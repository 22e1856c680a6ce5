import { isTriedAgain, retryPauseMs } from './retrying';

const RETRY = { attempts: 3, exponential: true, baseMs: 30_000, maxMs: 100_000, jitter: 0 } as const;

describe('restarts that failed', () => {
  it('rollouts 27: are tried as often as the policy says, the first time counted', () => {
    expect([1, 2, 3].map((failures) => isTriedAgain('TIMEOUT', failures, RETRY))).toEqual([true, true, false]);
    const outcomes = ['ROLLOUT_FAILED', 'TIMEOUT', 'PATCH_REJECTED', 'LOCALLY_DENIED'] as const;
    expect(outcomes.map((outcome) => isTriedAgain(outcome, 1, RETRY))).toEqual([true, true, true, false]);
  });

  it('wait twice as long each time, up to the most', () => {
    expect([1, 2, 3, 40].map((failures) => retryPauseMs(RETRY, failures, 'c1'))).toEqual([
      ...[30_000, 60_000],
      ...[100_000, 100_000],
    ]);
    expect([1, 9].map((failures) => retryPauseMs({ ...RETRY, exponential: false }, failures, ''))).toEqual([
      30_000, 30_000,
    ]);
  });

  it('wait a little longer or shorter each, and as long for the same one', () => {
    const pauses = Array.from({ length: 200 }, (_, n) => retryPauseMs({ ...RETRY, jitter: 0.2 }, 1, `c${n}`));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(24_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(36_000);
    expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(9000);
    expect(retryPauseMs({ ...RETRY, jitter: 0.2 }, 1, 'c7')).toBe(pauses[7]);
  });
});
