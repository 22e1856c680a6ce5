import { isTerminalRollout, type RolloutVerb } from '@app/contracts/phases';
import type { Rollout, RolloutEvent, Target, Wave, Why } from './model';
import { toCatchUp } from './catch-up';
import { isAsked } from './cause';
import { gateCause, reopenGates } from './gates';
import { limitsNow } from './limits';
import { acceptRegressions } from './regression';
import { sendAgain, stopTarget } from './settle';
import { MAX_ATTEMPT } from './timing';
import {
  allTargets,
  change,
  isFailing,
  isFinished,
  isInFlight,
  isOpen,
  isOver,
  isPaused,
  mapRestarts,
  mapTargets,
  mapWaves,
} from './state';

type Of<T extends RolloutEvent['type']> = Extract<RolloutEvent, { type: T }>;
type By = Readonly<{ actor: string; why: string }>;

/** What a person may do with the rollout in its phase; the same list that a refusal carries. */
export function allowedVerbs(rollout: Rollout): readonly RolloutVerb[] {
  const verbs = verbsIn(rollout);
  // There is no change to plan anew for workloads that a person named.
  return isAsked(rollout.cause) ? verbs.filter((verb) => verb !== 'replan') : verbs;
}

function verbsIn(rollout: Rollout): readonly RolloutVerb[] {
  switch (rollout.phase) {
    case 'Draft':
      return ['start', 'cancel', 'replan'];
    case 'Queued':
    case 'Running':
      return ['pause', 'cancel', 'skip', 'replan'];
    case 'Pausing':
    case 'Paused':
      return ['resume', 'cancel', 'skip', 'replan'];
    case 'Halted':
      return [...(failedTargets(rollout).length > 0 ? (['retry'] as const) : []), 'resume', 'skip', 'cancel', 'replan'];
    default:
      return [];
  }
}

/** Why this skip can do nothing, in a sentence; null when it can. */
export function skipRefusal(rollout: Rollout, what: Pick<Of<'skipped'>, 'wave' | 'cluster'>): Why | null {
  const { wave, cluster } = what;
  if ((wave === null) === (cluster === null)) return { reason: 'BadSkip', message: 'name either a wave or a cluster' };
  if (wave !== null && !rollout.waves.some(({ name }) => name === wave)) {
    return { reason: 'UnknownWave', message: `the rollout has no wave ${wave}` };
  }
  if (cluster !== null && rollout.targets.get(cluster) === undefined) {
    return { reason: 'UnknownCluster', message: `the rollout has no target in cluster ${cluster}` };
  }
  if (allTargets(rollout).some((target) => isNamed(target, what) && canSkip(target))) return null;
  return { reason: 'NothingToSkip', message: 'everything named has succeeded or been skipped already' };
}

/**
 * `resume` of a Halted rollout means going on with its failures, so they must be accepted in so many words. Where it halted
 * on a gate, resuming asks its approvers again.
 */
export const resumeRefusal = (rollout: Rollout, acceptFailures: boolean): Why | null =>
  rollout.phase === 'Halted' && !acceptFailures && !isHaltedOnGate(rollout)
    ? {
        reason: 'FailuresNotAccepted',
        message: `halted: ${rollout.message}. Use ${waysOn(rollout)}`,
      }
    : null;

const waysOn = (rollout: Rollout): string =>
  failedTargets(rollout).length > 0
    ? 'retry, skip, or resume with acceptFailures'
    : 'resume with acceptFailures, skip, or cancel';

const by = (doing: string, { actor, why }: By): string => `${doing} by ${actor}${why === '' ? '' : `: ${why}`}`;

export const started = (rollout: Rollout, event: Of<'started'>): Rollout =>
  rollout.phase === 'Draft'
    ? { ...rollout, phase: 'Queued', reason: 'Started', message: by('started', event), starter: event.actor }
    : rollout;

export const paused = (rollout: Rollout, event: Of<'paused'>): Rollout =>
  rollout.phase === 'Queued' || rollout.phase === 'Running'
    ? { ...rollout, phase: 'Pausing', reason: 'Paused', message: by('paused', event) }
    : rollout;

export function resumed(rollout: Rollout, event: Of<'resumed'>): Rollout {
  if (rollout.phase === 'Halted' && event.acceptFailures) return acceptFailures(reopenGates(rollout), event);
  if (isHaltedOnGate(rollout)) {
    return { ...reopenGates(rollout), phase: 'Running', reason: 'Resumed', message: by('resumed', event) };
  }
  if (!isPaused(rollout)) return rollout;
  const phase = rollout.startedAt === null ? 'Queued' : 'Running';
  return { ...rollout, phase, reason: 'Resumed', message: by('resumed', event) };
}

const isHaltedOnGate = (rollout: Rollout): boolean =>
  rollout.phase === 'Halted' && gateCause(rollout)?.reason === rollout.reason;

/** What counts against a limit now no longer does; whatever fails later counts again. */
function acceptFailures(rollout: Rollout, event: By): Rollout {
  const counted = allTargets(rollout).filter((target) => isFailing(target) || target.phase === 'Deferred');
  const accepted = new Set([...rollout.acceptedFailures, ...counted.map(({ cluster }) => cluster)]);
  const message = by('failures accepted', event);
  return {
    ...acceptRegressions(rollout),
    acceptedFailures: [...accepted].sort(),
    phase: 'Running',
    reason: 'FailuresAccepted',
    message,
  };
}

export function cancelled(rollout: Rollout, event: Of<'cancelled'>): Rollout {
  if (isTerminalRollout(rollout.phase) || rollout.phase === 'Cancelling' || rollout.phase === 'Superseding')
    return rollout;
  return cancelFor(rollout, { reason: 'Cancelled', message: by('cancelled', event) }, event.at);
}

/** Pending targets end now, what the agents hold is revoked, what has begun finishes. */
export function cancelFor(rollout: Rollout, why: Why, at: number): Rollout {
  const stop = { phase: 'Cancelled', reason: 'Cancelled', message: why.message } as const;
  return { ...mapTargets(rollout, (target) => stopTarget(target, stop, at)), phase: 'Cancelling', ...why };
}

export function superseded(rollout: Rollout, event: Of<'superseded'>): Rollout {
  if (isTerminalRollout(rollout.phase)) return rollout;
  const known = change(rollout, { supersededBy: rollout.supersededBy ?? event.by });
  if (rollout.phase === 'Cancelling' || rollout.phase === 'Superseding') return known;
  const why = {
    reason: 'Superseded',
    message: `superseded by ${event.by}, which ${event.anew === true ? 'was planned anew' : 'carries a newer revision'}`,
  };
  const stop = { phase: 'Superseded', ...why } as const;
  return { ...mapTargets(known, (target) => stopTarget(target, stop, event.at)), phase: 'Superseding', ...why };
}

const failedTargets = (rollout: Rollout): readonly Target[] =>
  allTargets(rollout).filter((target) => isFailing(target) && !rollout.acceptedFailures.includes(target.cluster));

/** Only what failed runs again, with the same expected revision; decide takes the rollout out of Halted by itself. */
export function retried(rollout: Rollout, event: Of<'retried'>): Rollout {
  if (rollout.phase !== 'Halted') return rollout;
  const again = new Set(failedTargets(rollout).map(({ cluster }) => cluster));
  if (again.size === 0) return rollout;
  const retrying = {
    ...reopenGates(rollout),
    phase: 'Running',
    reason: 'Retried',
    message: by('retried', event),
  } as const;
  const fresh = mapTargets(retrying, (target) => (again.has(target.cluster) ? retryTarget(target, event) : target));
  return toCatchUp(
    fresh,
    allTargets(fresh).filter((target) => again.has(target.cluster) && !isInFlight(target)),
  );
}

function retryTarget(target: Target, event: Of<'retried'>): Target {
  if (target.attempt >= MAX_ATTEMPT) return target;
  const fresh = mapRestarts(target, (restart) =>
    restart.phase === 'Failed'
      ? {
          ...restart,
          phase: 'Pending',
          reason: '',
          message: '',
          revision: null,
          startedAt: null,
          finishedAt: null,
          failures: 0,
        }
      : restart,
  );
  // Permits of the attempt under way stay good; the failed ones join a later attempt once those are answered.
  if (isInFlight(target)) return { ...fresh, refusedUntil: event.at };
  const { stop: _stop, refusedUntil: _refused, ...open } = fresh;
  const why = { reason: 'Retry', message: by('retried', event) };
  // Not dispatched yet in this attempt: it starts when windows are open, as any other.
  const anew = { dispatchedAt: null, finishedAt: null, until: null } as const;
  return { ...open, phase: 'Pending', ...why, attempt: target.attempt + 1, ...anew };
}

const isNamed = (target: Target, { wave, cluster }: Pick<Of<'skipped'>, 'wave' | 'cluster'>): boolean =>
  cluster !== null ? target.cluster === cluster : target.wave === wave;
const canSkip = (target: Target): boolean => (isOpen(target) && target.stop === undefined) || target.phase === 'Failed';

export function skipped(rollout: Rollout, event: Of<'skipped'>): Rollout {
  if (!allowedVerbs(rollout).includes('skip')) return rollout;
  const stop = { phase: 'Skipped', reason: 'ByUser', message: by('skipped', event) } as const;
  const without = mapTargets(rollout, (target) => {
    if (!isNamed(target, event) || !canSkip(target)) return target;
    return target.phase === 'Failed' ? { ...target, ...stop } : skipTarget(target, stop, event.at);
  });
  return mapWaves(without, (wave) => leaveDenominator(without, rollout, wave));
}

/** Of a cluster that is out of reach no answer will come: the person who skips it decides that its slot is free. */
function skipTarget(target: Target, stop: NonNullable<Target['stop']>, at: number): Target {
  if (target.phase !== 'Unknown') return stopTarget(target, stop, at);
  const ended = mapRestarts(sendAgain(target, at), (restart) =>
    isOver(restart) ? restart : { ...restart, ...SKIPPED, finishedAt: at },
  );
  return { ...ended, ...stop, stop, until: null, lostAt: null, finishedAt: at };
}
const SKIPPED = { phase: 'Skipped', reason: 'ByUser', message: 'not known whether it restarted' } as const;

function leaveDenominator(rollout: Rollout, before: Rollout, wave: Wave): Wave {
  const touched = wave.clusters.some((name) => rollout.targets.get(name) !== before.targets.get(name));
  return touched && wave.startedAt !== null && !isFinished(wave) ? change(wave, limitsNow(rollout, wave)) : wave;
}
