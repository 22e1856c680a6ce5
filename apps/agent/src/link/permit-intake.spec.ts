import { performance } from 'node:perf_hooks';
import type { Permit } from '@app/contracts/wire/hub-messages';
import { HubClock } from './core/hub-clock';
import { PermitIntake } from './permit-intake';

const HUB_AHEAD_MS = 3_600_000;

describe('permits that come in', () => {
  let now: number;
  let told: string[];
  let intake: PermitIntake;

  beforeEach(() => {
    jest.useFakeTimers();
    now = 1000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    told = [];
    const hubClock = new HubClock();
    hubClock.learn(now + HUB_AHEAD_MS, now);
    intake = new PermitIntake({
      handler: { permit: ({ rollout }) => told.push(`given ${rollout}`) },
      hubClock,
      ask: () => told.push('asked'),
      acknowledge: ({ rollout }) => told.push(`acknowledged ${rollout}`),
    });
  });
  afterEach(() => {
    intake.stop();
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const permit = (rollout: string): Permit => ({
    ...{ rollout, policy: 'p', attempt: 1, fence: 1, hubEpoch: 1, notAfter: '2026-01-01T00:00:00.000Z' },
    ...{ progressDeadlineSeconds: 60, causes: [], restarts: [] },
  });
  const take = (rollout: string, sentAgoMs: number): void =>
    intake.take(permit(rollout), now + HUB_AHEAD_MS - sentAgoMs);

  it('are given on at once, and acknowledged soon after', () => {
    take('r-1', 20);
    expect(told).toEqual(['given r-1']);
    jest.advanceTimersByTime(50);
    expect(told).toEqual(['given r-1', 'acknowledged r-1']);
  });

  it('rollouts 33: wait for one answer of the hub when they were long under way, so that a cancellation goes first', () => {
    take('r-1', 1000);
    take('r-2', 600);
    take('r-3', 10);
    jest.advanceTimersByTime(1000);
    expect(told).toEqual(['asked', 'given r-3', 'acknowledged r-3']);
    intake.answered();
    expect(told.slice(3)).toEqual(['given r-1', 'given r-2']);
    take('r-4', 1000);
    intake.answered();
    expect(told.slice(5)).toEqual(['asked', 'given r-4']);
  });

  it('are forgotten with the session: the next one brings those that still hold', () => {
    take('r-1', 20);
    take('r-2', 1000);
    intake.stop();
    intake.answered();
    jest.advanceTimersByTime(1000);
    expect(told).toEqual(['given r-1', 'asked']);
  });
});
