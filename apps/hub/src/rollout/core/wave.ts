import type { FleetNow } from './fleet-now';
import type { Instant, Rollout, Target, Wave, Why } from './model';
import { skipCurrent } from './admission';
import { countedFailures, failureList } from './failures';
import { closedOn, withOpen } from './gates';
import { deferredOf, limitsNow, plannedIn } from './limits';
import { regressionIn, soakedFrom } from './regression';
import { change, isDue, isFinished, isOpen, isRunning, mapWaves, namesText, NO_REASON, targetsOf } from './state';
import { timeText } from '../../platform/core/times';

/** Draws the phase of every started wave from its targets. A finished wave stays as it is. */
export const judgeWaves = (rollout: Rollout, at: Instant): Rollout =>
  mapWaves(rollout, (wave) =>
    wave.startedAt === null || isFinished(wave) ? wave : change(wave, judged(rollout, wave, at)),
  );

type Judgement = Partial<Wave>;

function judged(rollout: Rollout, wave: Wave, at: Instant): Judgement {
  const targets = targetsOf(rollout, wave);
  const regression = regressionIn(rollout, wave);
  if (regression !== null) return failedBecause('Regression', regression);
  const failed = countedFailures(rollout, wave);
  if (failed.length > wave.maxFailures) return failedBecause('FailureLimit', limitText(rollout, wave, failed));
  if (targets.some((target) => isOpen(target) && target.phase !== 'Deferred')) return ACTIVE;
  // It ends with no more than it may end without; the rollout halts on it until then.
  if (tooManyDeferred(rollout, wave) !== null) return ACTIVE;
  const succeeded = targets.filter(({ phase }) => phase === 'Succeeded');
  if (succeeded.length === 0 && failed.length > 0) {
    return failedBecause('NoSuccess', `nothing succeeded in wave ${wave.name}; ${failureList(failed)}`);
  }
  if (targets.every(({ phase }) => phase === 'Skipped')) return finishedAs(rollout, wave, at, emptyWave(targets));
  return afterSoak(rollout, wave, at);
}

const ACTIVE: Judgement = { phase: 'Active', ...NO_REASON, soakUntil: null, finishedAt: null };

const failedBecause = (reason: string, message: string): Judgement => ({
  phase: 'Failed',
  reason,
  message,
  soakUntil: null,
});

const limitText = (rollout: Rollout, wave: Wave, failed: readonly Target[]): string =>
  `${failed.length} of ${plannedIn(rollout, wave)} clusters failed in wave ${wave.name}, ` +
  `${wave.maxFailures} tolerated; ${failureList(failed)}`;

/** An open wave whose targets are all through soaks, counted from the last success seen in this rollout. */
function afterSoak(rollout: Rollout, wave: Wave, at: Instant): Judgement {
  const targets = targetsOf(rollout, wave);
  const successes = targets.flatMap(({ phase, finishedAt }) => (phase === 'Succeeded' ? [finishedAt ?? at] : []));
  const soaks = successes.length > 0 && wave.soakMs > 0 && hasFollowers(rollout, wave);
  const until = soaks ? Math.max(...successes, ...soakedFrom(rollout, wave)) + wave.soakMs : null;
  const opened = withOpen(rollout, wave, { side: 'after', at });
  const gates = opened.gates === undefined ? {} : { gates: opened.gates };
  if (until !== null && (at < until || !isRunning(rollout))) {
    const message = `wave ${wave.name} soaks until ${timeText(until)}`;
    return { phase: 'Soaking', reason: 'Soak', message, soakUntil: until, ...gates };
  }
  const soaked = until === null ? gates : { soakUntil: until, ...gates };
  if (closedOn(opened, 'after').length > 0) return { phase: 'GateAfter', ...soaked };
  return { ...finishedAs(rollout, wave, at, resultOf(targets)), ...soaked };
}

/** Only a running rollout finishes a wave: that is what lets the next one start. */
const finishedAs = (rollout: Rollout, wave: Wave, at: Instant, end: Judgement): Judgement =>
  isRunning(rollout) ? { ...end, finishedAt: at } : THROUGH.has(wave.phase) ? {} : ACTIVE;
const THROUGH: ReadonlySet<Wave['phase']> = new Set(['Soaking', 'GateAfter']);

function resultOf(targets: readonly Target[]): Judgement {
  const failed = targets.filter(({ phase }) => phase === 'Failed').map(({ cluster }) => cluster);
  const deferred = targets.filter(({ phase }) => phase === 'Deferred').map(({ cluster }) => cluster);
  if (failed.length === 0 && deferred.length === 0) return { phase: 'Succeeded', ...NO_REASON };
  const parts = [
    failed.length > 0 ? `${failed.length} failed: ${namesText(failed)}` : '',
    deferred.length > 0 ? `${deferred.length} deferred: ${namesText(deferred)}` : '',
  ];
  const reason = failed.length > 0 ? 'Failures' : 'Deferred';
  return { phase: 'Degraded', reason, message: parts.filter(Boolean).join('; ') };
}

function emptyWave(targets: readonly Target[]): Judgement {
  const skip = targets.find(({ reason }) => reason === 'ByUser');
  if (skip !== undefined) return { phase: 'Skipped', reason: 'ByUser', message: skip.message };
  return { phase: 'Skipped', reason: 'Empty', message: targets.length === 0 ? 'no clusters' : 'nothing to restart' };
}

/** Something still comes after it, directly or further on: only then a soak protects anything. */
const hasFollowers = (rollout: Rollout, wave: Wave): boolean =>
  followersOf(rollout, new Set([wave.name])).some((next) => targetsOf(rollout, next).some(isOpen));

/** Waves that depend on one of these, on one that does, and so on. */
function followersOf(rollout: Rollout, names: ReadonlySet<string>): readonly Wave[] {
  const next = rollout.waves.filter(({ name, dependsOn }) => !names.has(name) && dependsOn.some((on) => names.has(on)));
  return next.length === 0
    ? []
    : [...next, ...followersOf(rollout, new Set([...names, ...next.map(({ name }) => name)]))];
}

/** More clusters of a wave under way are deferred than the policy lets it end without. */
export function tooManyDeferred(rollout: Rollout, wave: Wave): Why | null {
  if (wave.startedAt === null || isFinished(wave)) return null;
  const deferred = targetsOf(rollout, wave).filter(
    ({ phase, cluster }) => phase === 'Deferred' && !rollout.acceptedFailures.includes(cluster),
  );
  const planned = plannedIn(rollout, wave);
  const allowed = deferredOf(rollout.spec, planned);
  if (deferred.length <= allowed) return null;
  const names = namesText(deferred.map(({ cluster }) => cluster));
  return {
    reason: 'TooManyDeferred',
    message: `${deferred.length} of ${planned} clusters deferred in wave ${wave.name}, ${allowed} tolerated: bring back or skip ${names}`,
  };
}

/** Starts the waves whose predecessors are finished and whose gates are passed, with limits resolved against what they hold now. */
export function startWaves(rollout: Rollout, fleet: FleetNow, at: Instant): Rollout {
  const due = rollout.waves.filter((wave) => isDue(rollout, wave));
  return due.reduce((grown, wave) => startOrWait(grown, wave, { fleet, at }), rollout);
}

function startOrWait(rollout: Rollout, wave: Wave, { fleet, at }: Readonly<{ fleet: FleetNow; at: Instant }>): Rollout {
  const judgedTargets = skipCurrent(rollout, wave, fleet, at);
  const put = (to: Rollout, next: Wave): Rollout => mapWaves(to, (each) => (each.name === wave.name ? next : each));
  // Nobody is asked about a wave with nothing to do.
  const asks = targetsOf(judgedTargets, wave).some(isOpen);
  const opened = asks ? withOpen(rollout, wave, { side: 'before', at }) : wave;
  if (asks && closedOn(opened, 'before').length > 0) return put(rollout, change(opened, { phase: 'GateBefore' }));
  const limits = limitsNow(judgedTargets, wave);
  return put(judgedTargets, { ...opened, ...limits, phase: 'Active', ...NO_REASON, startedAt: at });
}
