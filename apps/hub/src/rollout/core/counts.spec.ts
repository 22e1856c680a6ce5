import type { TargetPhase } from '@app/contracts/phases';
import { rolloutOf, type Rules } from '@test/rollout/fixtures';
import { counts } from './counts';
import { countedFailures, failureList } from './failures';
import type { Restart, Rollout, Target } from './model';
import { mapTargets } from './state';

const PHASES: readonly TargetPhase[] = [
  ...(['Succeeded', 'Succeeded', 'Failed', 'Skipped', 'Skipped', 'Skipped', 'Deferred', 'Pending'] as const),
  ...(['Restarting', 'Unknown', 'Cancelled'] as const),
];
const CLUSTERS = PHASES.map((_, at) => `c${at}`);
const RULES: Rules = {
  waves: [
    {
      ...{ name: 'only', clusters: CLUSTERS, after: [], concurrency: { count: 1 }, soakMs: 0 },
      ...{ failures: { count: 0, percent: 0 }, exposure: 'unbounded' },
    },
  ],
  ...{ workloads: ['web', 'api'], onFailure: 'halt', maxFailures: null, start: 'auto', maxDeferred: { count: 0 } },
  target: { ackDeadlineMs: 60_000, progressDeadlineMs: 120_000, lostAfterMs: 300_000 },
  ...{ graceMs: 60_000, deferTtlMs: 600_000 },
};
const inPhases = (more: (target: Target) => Partial<Target> = () => ({})): Rollout =>
  mapTargets(rolloutOf(RULES), (target) => ({
    ...{ ...target, phase: PHASES[CLUSTERS.indexOf(target.cluster)] ?? target.phase },
    ...more(target),
  }));

it('targets are counted by how they stand, and what may still succeed is pending', () => {
  expect(counts(inPhases())).toEqual({
    ...{ targets: 11, succeeded: 2, failed: 1, skipped: 3, deferred: 1, pending: 3 },
  });
});

describe('failures of a wave', () => {
  const failing = (restart: Restart): Restart => ({
    ...restart,
    phase: 'Failed',
    reason: 'CrashLoop',
    message: 'exit 3',
  });
  const failed = inPhases(({ cluster, restarts: [first, ...others] }) => {
    if (cluster === 'c2') return { reason: 'TooMany', message: '' };
    return cluster === 'c8' && first ? { restarts: [...others, failing(first)] } : {};
  });
  const names = (rollout: Rollout) => rollout.waves.flatMap((wave) => countedFailures(rollout, wave));

  it('are those of targets that failed, or are sure to, unless a person accepted them', () => {
    expect(names(failed).map(({ cluster }) => cluster)).toEqual(['c2', 'c8']);
    expect(names({ ...failed, acceptedFailures: ['c2'] }).map(({ cluster }) => cluster)).toEqual(['c8']);
  });

  it('are told each with its own reason: that of the target once it has failed, else that of the restart', () => {
    expect(failureList(names(failed))).toBe('c2 (TooMany), c8 (CrashLoop: exit 3)');
    const [target] = names(failed).slice(1);
    const both = target && { ...target, phase: 'Failed' as const, reason: 'Lost', message: 'gone' };
    expect(both && failureList([both])).toBe('c8 (Lost: gone)');
    const neither = target && { ...target, restarts: [], reason: 'Odd', message: '' };
    expect(neither && failureList([neither])).toBe('c8 (Odd)');
  });
});
