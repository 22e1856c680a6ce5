import { rolloutOf, type Rules, START } from '@test/rollout/fixtures';
import { onClock } from './clock-moves';
import type { Rollout, Target } from './model';
import { mapTargets, mapWaves } from './state';

const RULES: Rules = {
  waves: [
    {
      ...{ name: 'only', clusters: ['c1', 'c2'], after: [], concurrency: { count: 1 }, soakMs: 60_000 },
      ...{ failures: { count: 0, percent: 0 }, exposure: 'unbounded' },
    },
  ],
  ...{ workloads: ['web'], onFailure: 'halt', maxFailures: null, start: 'auto', maxDeferred: { count: 0 } },
  target: { ackDeadlineMs: 60_000, progressDeadlineMs: 120_000, lostAfterMs: 300_000 },
  ...{ graceMs: 60_000, deferTtlMs: 600_000 },
};
const PLAIN = rolloutOf(RULES);
const STEP = { steps: 1, totalMs: 5000 };
const timed = (times: Partial<Target>): Rollout => mapTargets(PLAIN, (target) => ({ ...target, ...times }));
const first = (rollout: Rollout): Target | undefined => rollout.targets.get('c1');

describe('a rollout after a step of the clock', () => {
  it('has as much time left for every target as before', () => {
    const times = { until: START, dispatchedAt: START + 1, lostAt: START + 2, finishedAt: START + 3 };
    const moved = first(onClock(timed({ ...times, refusedUntil: START + 4 }), STEP));
    expect(moved).toMatchObject({
      ...{ until: START + 5000, dispatchedAt: START + 5001, lostAt: START + 5002, finishedAt: START + 5003 },
      refusedUntil: START + 5004,
    });
  });

  it('waits for nothing that it did not wait for', () => {
    const none = { until: null, dispatchedAt: null, lostAt: null, finishedAt: null };
    const moved = onClock(timed(none), STEP);
    expect(first(moved)).toMatchObject(none);
    expect(first(moved)).not.toHaveProperty('refusedUntil');
    expect(moved).not.toHaveProperty('haltedAt');
    expect(moved.waves.map(({ soakUntil }) => soakUntil)).toEqual([null]);
  });

  it('soaks, regresses and halts as long as before', () => {
    const soaking = mapWaves(PLAIN, (wave) => ({
      ...{ ...wave, soakUntil: START },
      regressed: { ...wave.regressed, at: START + 1 } as NonNullable<typeof wave.regressed>,
    }));
    const moved = onClock({ ...soaking, haltedAt: START + 2 }, STEP);
    expect(moved.waves).toMatchObject([{ soakUntil: START + 5000, regressed: { at: START + 5001 } }]);
    expect(moved).toMatchObject({ haltedAt: START + 5002, clock: STEP });
  });

  it('is moved by what is new of the steps, forth and back', () => {
    const once = onClock(timed({ until: START }), STEP);
    expect(first(onClock(once, { steps: 2, totalMs: 8000 }))?.until).toBe(START + 8000);
    expect(first(onClock(once, { steps: 2, totalMs: -1000 }))?.until).toBe(START - 1000);
  });

  it('stays as it is when the clock has not stepped since, or when it is over', () => {
    const once = onClock(timed({ until: START }), STEP);
    expect(onClock(once, STEP)).toBe(once);
    expect(onClock(once, { steps: 0, totalMs: 0 })).toBe(once);
    const over = { ...PLAIN, phase: 'Succeeded' } as const;
    expect(onClock(over, STEP)).toBe(over);
  });
});
