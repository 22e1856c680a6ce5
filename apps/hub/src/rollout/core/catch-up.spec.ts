import { NEW, OLD, revisionOf, rolloutOf, START, targetPlan } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { joined, movesAlong } from './catch-up';
import { newTarget } from './create';
import { evolve } from './evolve';
import type { Rollout, Target } from './model';

/** c01 goes first, then c02 and c03; all are to get the new content. */
const planned = rolloutOf(rulesOf('new\nwave first c01\nwave rest c02..c03 after=first'), START);

function withTarget(rollout: Rollout, cluster: string, change: Partial<Target>): Rollout {
  const target = rollout.targets.get(cluster);
  if (target === undefined) throw new Error(`no target ${cluster}`);
  return { ...rollout, targets: rollout.targets.with([{ ...target, ...change }]) };
}

describe('a cluster that was planned for older content', () => {
  const older = withTarget(planned, 'c02', { expected: OLD });

  it('moves along to what clusters of an earlier wave get', () => {
    expect([movesAlong(older, 'c02', NEW), movesAlong(older, 'c02', revisionOf('other'))]).toEqual([true, false]);
  });

  it.each(['Pending', 'Blocked', 'Deferred'] as const)('does so whatever it waits for (%s)', (phase) => {
    expect(movesAlong(withTarget(older, 'c02', { phase }), 'c02', NEW)).toBe(true);
  });

  it.each<[string, Rollout, string]>([
    ['to what it has already', planned, 'c02'],
    ['once it has begun', withTarget(older, 'c02', { attempt: 1, phase: 'Dispatched' }), 'c02'],
    ['once it is through', withTarget(older, 'c02', { phase: 'Skipped' }), 'c02'],
    [
      'when it is told to stop',
      withTarget(older, 'c02', { stop: { phase: 'Skipped', reason: '', message: '' } }),
      'c02',
    ],
    ['when it takes no part', planned, 'c09'],
    ['when nobody before it has that', withTarget(older, 'c01', { expected: OLD }), 'c02'],
    ['when a group of sources changes', { ...older, cause: { ...older.cause, source: null } }, 'c02'],
  ])('does not move along %s', (_why, rollout, cluster) => {
    expect(movesAlong(rollout, cluster, NEW)).toBe(false);
  });

  it('that is the first to go may take what others have after it', () => {
    expect(movesAlong(withTarget(planned, 'c01', { expected: OLD }), 'c01', NEW)).toBe(true);
  });

  it('keeps its place, and everything that it waits for begins anew', () => {
    const waiting = withTarget(older, 'c02', { phase: 'Deferred', reason: 'SourceNotArrived', until: START });
    const told = newTarget(targetPlan('c02', ['web', 'api']), 'elsewhere');
    const after = joined(waiting, { type: 'joined', at: START, targets: [told] });
    expect(after.targets.get('c02')).toMatchObject({ wave: 'rest', phase: 'Pending', expected: NEW, until: null });
    expect(after.targets.get('c02')?.restarts.map(({ workload }) => workload.name)).toEqual(['web', 'api']);
    expect(after.waves).toEqual(waiting.waves);
  });
});

describe('a cluster that joins', () => {
  const away = rolloutOf(rulesOf('new absent=c02\nwave one c01..c02\nwave two c03 bounded after=one'));
  const join = (rollout: Rollout, cluster: string): Rollout =>
    evolve(rollout, { type: 'joined', at: START, targets: [newTarget(targetPlan(cluster, ['web']), 'one')] });

  it('late keeps to what the last wave risks, and leaves the other waves as they are', () => {
    const late = join(away, 'c09');
    expect(late.waves.at(-1)).toMatchObject({ name: 'catch-up', failureExposure: 'bounded', clusters: ['c09'] });
    expect(late.waves.slice(0, -1).every((wave, n) => wave === away.waves[n])).toBe(true);
  });

  it.each<[string, boolean, Partial<Target>]>([
    ['is waited for', true, { phase: 'Blocked', reason: 'Offline' }],
    ['is deferred', true, { phase: 'Deferred', reason: 'Offline' }],
    ['had nothing to restart', true, { phase: 'Skipped', reason: 'AlreadyCurrent' }],
    ['was skipped by a person', false, { phase: 'Skipped', reason: 'ByUser' }],
    ['was not away at all', false, { phase: 'Blocked', reason: 'Offline', expected: NEW }],
  ])('and that was away and %s has what it tells taken in: %s', (_what, isTaken, patch) => {
    const target = join(withTarget(away, 'c02', patch), 'c02').targets.get('c02');
    expect(target).toMatchObject(
      isTaken ? { phase: 'Pending', expected: NEW, wave: 'one', message: 'waits for its turn in wave one' } : patch,
    );
  });
});
