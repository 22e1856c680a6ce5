import type { Progress } from './progress';
import { holdMs, steady } from './steady';

const READY: Progress = { ended: true, outcome: 'APPLIED', reason: '', message: '' };
const BUSY: Progress = { ended: false, message: '1 of 2 new pods exist' };
const minReadyMs = 30_000;

describe('a workload that has to stay ready', () => {
  it('is through when it has been ready for that long without a break', () => {
    const first = steady(READY, { minReadyMs, since: null, now: 1_000 });
    expect(first).toMatchObject({ since: 1_000, progress: { ended: false, message: expect.stringContaining('30 s') } });
    expect(steady(READY, { minReadyMs, since: first.since, now: 30_999 }).progress.ended).toBe(false);
    expect(steady(READY, { minReadyMs, since: first.since, now: 31_000 })).toEqual({ progress: READY, since: 1_000 });
  });

  it('has to stay so as well when it had been written before', () => {
    const again: Progress = { ...READY, outcome: 'ALREADY_APPLIED' };
    expect(steady(again, { minReadyMs, since: null, now: 1_000 }).progress.ended).toBe(false);
  });

  it('begins anew when it was not ready in between', () => {
    expect(steady(BUSY, { minReadyMs, since: 1_000, now: 20_000 })).toEqual({ progress: BUSY, since: null });
  });

  it('is not waited for when it failed, or when nothing has to stay', () => {
    const failed: Progress = { ended: true, outcome: 'ROLLOUT_FAILED', reason: 'CrashLoop', message: '' };
    expect(steady(failed, { minReadyMs, since: 1_000, now: 2_000 }).progress).toBe(failed);
    expect(steady(READY, { minReadyMs: 0, since: null, now: 2_000 }).progress).toBe(READY);
  });

  it('is none whose restart is a Job', () => {
    expect([holdMs('Deployment', minReadyMs), holdMs('CronJob', minReadyMs), holdMs('Job', minReadyMs)]).toEqual([
      minReadyMs,
      0,
      0,
    ]);
    expect(holdMs('StatefulSet', undefined)).toBe(0);
  });
});
