import { NEW, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { deadlock, hasFleetOrder, holdFleet, isHeld, orderWait } from './fleet-order';
import type { Restart, Rollout, Target, Wave } from './model';
import { mapTargets } from './state';

/** Every api of the fleet waits for every auth. */
const start = rolloutOf(rulesOf('new workloads=auth,api>>auth\nwave only c01..c02'));
const FAILED: Partial<Restart> = { phase: 'Failed', reason: 'CrashLoop' };

const withRestart = (rollout: Rollout, cluster: string, workload: string, patch: Partial<Restart>): Rollout =>
  mapTargets(rollout, (target) =>
    target.cluster === cluster
      ? {
          ...target,
          restarts: target.restarts.map((one) => (one.workload.name === workload ? { ...one, ...patch } : one)),
        }
      : target,
  );
const withTarget = (rollout: Rollout, cluster: string, patch: Partial<Target>): Rollout =>
  mapTargets(rollout, (target) => (target.cluster === cluster ? { ...target, ...patch } : target));
const restartIn = (rollout: Rollout, cluster: string, workload: string): Restart =>
  rollout.targets.get(cluster)!.restarts.find((one) => one.workload.name === workload)!;
const held = (rollout: Rollout): readonly (string | undefined)[] =>
  ['c01', 'c02'].map((cluster) => restartIn(rollout, cluster, 'api').held?.message);
const through = withRestart(start, 'c01', 'auth', { phase: 'Succeeded' });
const AUTH = (cluster: string): string => `${cluster}/Deployment/shop/auth`;

describe('workloads that wait for others of the fleet', () => {
  it('are held for those that are not through, and for nothing where there is no such rule', () => {
    const both = `waits for ${AUTH('c01')}, ${AUTH('c02')}`;
    expect(held(holdFleet(start))).toEqual([both, both]);
    expect(restartIn(holdFleet(start), 'c01', 'auth').held).toBeUndefined();
    const rest = `waits for ${AUTH('c02')}`;
    expect(held(holdFleet(through))).toEqual([rest, rest]);
    const free = rolloutOf(rulesOf('new workloads=auth,api\nwave only c01'));
    expect([hasFleetOrder(free), holdFleet(free)]).toEqual([false, free]);
  });

  it('are free once all are through, or what failed was accepted, or its cluster skipped', () => {
    const failed = withRestart(through, 'c02', 'auth', FAILED);
    const why = `waits for what failed: ${AUTH('c02')}`;
    expect(held(holdFleet(failed))).toEqual([why, why]);
    expect(restartIn(holdFleet(failed), 'c01', 'api').held?.reason).toBe('PredecessorFailed');
    const none = [undefined, undefined];
    expect(held(holdFleet(withRestart(through, 'c02', 'auth', { phase: 'Succeeded' })))).toEqual(none);
    expect(held(holdFleet({ ...holdFleet(failed), acceptedFailures: ['c02'] }))).toEqual(none);
    expect(held(holdFleet(withTarget(failed, 'c02', { phase: 'Skipped' })))).toEqual(none);
  });

  it('are not held any more once they have a permit, or are over', () => {
    const permitted = withRestart(start, 'c01', 'api', { revision: NEW });
    const over = withRestart(permitted, 'c02', 'api', { phase: 'Skipped' });
    expect(held(holdFleet(over))).toEqual([undefined, undefined]);
  });

  it('are the same objects as long as they wait for the same', () => {
    const once = holdFleet(start);
    expect(holdFleet(once)).toBe(once);
  });
});

it('a target of which nothing is ready waits for the fleet, or for its own order', () => {
  const target = holdFleet(start).targets.get('c01')!;
  expect(orderWait(target).reason).toBe('FleetOrder');
  expect(orderWait(start.targets.get('c01')!)).toEqual({
    reason: 'Order',
    message: 'its workloads wait for each other',
  });
});

it('a target is held when all that is left of it is, or waits for what is', () => {
  const target = holdFleet(start).targets.get('c01')!;
  const [auth, api] = target.restarts as [Restart, Restart];
  const done: Restart = { ...auth, phase: 'Succeeded' };
  const after: Restart = { ...auth, after: ['Deployment/shop/api'] };
  const cases: readonly (readonly Restart[])[] = [[auth, api], [done, api], [after, api], [after], [done]];
  expect(cases.map((restarts) => isHeld({ ...target, restarts }))).toEqual([false, true, true, false, false]);
});

describe('a deadlock', () => {
  const active = {
    ...start,
    waves: start.waves.map((wave) => ({ ...wave, phase: 'Active' as const, startedAt: START })),
  };
  const over = { phase: 'Failed', finishedAt: START } as const;
  const stuck = holdFleet(
    withRestart(withTarget(withRestart(active, 'c02', 'auth', FAILED), 'c02', over), 'c01', 'auth', {
      phase: 'Succeeded',
    }),
  );

  it('is told where all that is left waits for what failed', () => {
    expect(deadlock(stuck)).toEqual({
      reason: 'Deadlock',
      message: `nothing can go on: c01 waits for what failed: ${AUTH('c02')}`,
    });
  });

  it('is told by who waits for what failed, before who waits for what is not through', () => {
    const waits = (cluster: string, reason: string, message: string) => (rollout: Rollout) =>
      withTarget(rollout, cluster, {
        ...{ phase: 'Blocked', finishedAt: null },
        restarts: [{ ...restartIn(start, cluster, 'api'), held: { reason, message } }],
      });
    const open = waits('c01', 'FleetOrder', 'waits for the one');
    expect(deadlock(waits('c02', 'PredecessorFailed', 'waits for the other')(open(active)))?.message).toBe(
      'nothing can go on: c02 waits for the other',
    );
    expect(deadlock(waits('c02', 'FleetOrder', 'waits for the other')(open(active)))?.message).toBe(
      'nothing can go on: c01 waits for the one',
    );
  });

  const beside = (patch: Partial<Wave>): Rollout => ({
    ...stuck,
    waves: [...stuck.waves, { ...stuck.waves[0]!, name: 'two', clusters: [], startedAt: START, ...patch }],
  });

  it('is told though a wave beside it has failed', () => {
    expect(deadlock(beside({ phase: 'Failed' }))?.reason).toBe('Deadlock');
  });

  it.each<[string, Rollout]>([
    ['a wave beside it soaks', beside({ phase: 'Soaking' })],
    ['a wave beside it stands at a gate before it', beside({ phase: 'GateBefore', startedAt: null })],
    ['something is in flight', withTarget(stuck, 'c02', { phase: 'Restarting' })],
    [
      'something is not held',
      withTarget(stuck, 'c02', { phase: 'Pending', restarts: [{ ...restartIn(start, 'c02', 'auth') }] }),
    ],
    ['nothing is left', withTarget(stuck, 'c01', over)],
    ['who is left is deferred', withTarget(stuck, 'c01', { phase: 'Deferred' })],
    ['the wave has not started', { ...stuck, waves: stuck.waves.map((wave) => ({ ...wave, startedAt: null })) }],
    [
      'the wave stands at a gate',
      { ...stuck, waves: stuck.waves.map((wave) => ({ ...wave, phase: 'GateAfter' as const })) },
    ],
    ['the wave has failed', { ...stuck, waves: stuck.waves.map((wave) => ({ ...wave, phase: 'Failed' as const })) }],
  ])('is none where %s', (_what, rollout) => {
    expect(deadlock(rollout)).toBeNull();
  });
});
