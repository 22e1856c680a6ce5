import { isTerminalTarget, type RolloutPhase } from '@app/contracts/phases';
import type { FleetNow } from './fleet-now';
import type { Instant, Rollout, Target, Why } from './model';
import { cancelFor } from './verbs';
import { deadlock } from './fleet-order';
import { gateCause } from './gates';
import { heldBy, holdTexts, type Wait } from './guards';
import { failuresOf } from './limits';
import { turnText } from './create';
import { policyWait } from './policy-order';
import { closeRemainder, closeWaves } from './closing';
import { ageHalt } from './halt';
import { countedFailures, failureList } from './failures';
import { tooManyDeferred } from './wave';
import {
  allTargets,
  change,
  isDue,
  isFinished,
  isInFlight,
  isOpen,
  mapTargets,
  namesText,
  NO_REASON,
  own,
} from './state';

/** Moves the rollout's own phase by what its waves and targets have come to. */
export const advance = (rollout: Rollout, fleet: FleetNow, at: Instant): Rollout =>
  ageHalt(advanced(rollout, fleet, at), at);

function advanced(rollout: Rollout, fleet: FleetNow, at: Instant): Rollout {
  switch (rollout.phase) {
    case 'Queued':
      return admitRollout(rollout, fleet, at);
    case 'Running':
    case 'Halted':
      return goOnOrHalt(rollout, at);
    case 'Pausing':
      return allTargets(rollout).some(isInFlight) ? rollout : change(rollout, { phase: 'Paused' });
    case 'Cancelling':
      return endStopped(rollout, 'Cancelled', at);
    case 'Superseding':
      return endStopped(rollout, 'Superseded', at);
    default:
      return rollout;
  }
}

/** Queued until the rollouts of policies that come first are over, and at least one of its clusters is not held. */
function admitRollout(rollout: Rollout, fleet: FleetNow, at: Instant): Rollout {
  const turn = policyWait(rollout, fleet.ahead);
  return turn === null ? admitUnheld(rollout, fleet, at) : change(unheld(rollout), turn);
}

function admitUnheld(rollout: Rollout, fleet: FleetNow, at: Instant): Rollout {
  const waitOf = ({ cluster: name }: Target): Wait | null => {
    const cluster = own(fleet.clusters, name);
    return cluster === undefined ? null : heldBy(cluster, at);
  };
  const open = allTargets(rollout).filter((target) => isOpen(target));
  const known = open.flatMap(({ cluster }) => own(fleet.clusters, cluster) ?? []);
  if (known.length === 0 || known.some((cluster) => heldBy(cluster, at) === null)) {
    return change(unheld(rollout), { phase: 'Running', ...NO_REASON, startedAt: rollout.startedAt ?? at });
  }
  const held = mapTargets(rollout, (target) => (isOpen(target) ? change(target, waitOf(target) ?? {}) : target));
  const sentences = [...new Set(known.flatMap((cluster) => holdTexts(cluster, at)))];
  return change(held, { reason: 'Hold', message: `every cluster is held: ${sentences.join('; ')}` });
}

/** Targets as they were before the hold: whether they wait, and for what, is judged when their wave is active. */
const unheld = (rollout: Rollout): Rollout =>
  mapTargets(rollout, (target) =>
    target.reason === 'Hold'
      ? change(target, { phase: 'Pending', reason: 'Wave', message: turnText(target.wave), until: null })
      : target,
  );

function goOnOrHalt(rollout: Rollout, at: Instant): Rollout {
  if (rollout.phase === 'Running' && rollout.waves.every(isFinished)) return ended(rollout, at);
  const failure = failureCause(rollout);
  if (failure !== null && rollout.spec.onFailure === 'cancel') return cancelFor(rollout, failure, at);
  const cause = failure ?? otherCause(rollout);
  if (cause !== null) return change(rollout, { phase: 'Halted', reason: cause.reason, message: cause.message });
  if (isStuck(rollout)) return ended(closeRemainder(rollout, WAVE_FAILED, { at, keep: isDeferred }), at);
  if (rollout.phase === 'Running') return rollout;
  return {
    ...rollout,
    phase: 'Running',
    reason: 'CauseGone',
    message: `goes on: what it halted on is gone (${rollout.message})`,
  };
}

/** Failures that stop the whole rollout. Under `continue` a failed wave stops only those that depend on it. */
function failureCause(rollout: Rollout): Why | null {
  const all = rollout.waves.flatMap((wave) => countedFailures(rollout, wave));
  const { maxFailures, onFailure } = rollout.spec;
  if (maxFailures !== null) {
    const planned = allTargets(rollout).filter(({ phase }) => phase !== 'Skipped').length;
    const limit = failuresOf(maxFailures, planned);
    const message = `${all.length} clusters failed in all waves, ${limit} tolerated; ${failureList(all)}`;
    if (all.length > limit) return { reason: 'FailureLimit', message };
  }
  if (onFailure === 'continue') return null;
  const wave = rollout.waves.find(({ phase }) => phase === 'Failed');
  return wave === undefined ? null : { reason: wave.reason, message: wave.message };
}

/** What stops the rollout although nothing failed that may not. */
const otherCause = (rollout: Rollout): Why | null => gateCause(rollout) ?? deferralCause(rollout) ?? deadlock(rollout);

const deferralCause = (rollout: Rollout): Why | null =>
  rollout.waves.reduce<Why | null>((found, wave) => found ?? tooManyDeferred(rollout, wave), null);

/** Whatever has not finished has failed, or waits for what did, and nothing is in flight: it can go no further. */
function isStuck(rollout: Rollout): boolean {
  const failed = rollout.waves.some(({ phase }) => phase === 'Failed');
  const open = rollout.waves.filter((wave) => !isFinished(wave) && wave.phase !== 'Failed');
  return (
    failed &&
    open.every(({ phase }) => phase === 'Pending') &&
    !allTargets(rollout).some(isInFlight) &&
    !rollout.waves.some((wave) => isDue(rollout, wave))
  );
}

/** What never got its turn behind a failed wave must not look as if it had run, nor as if it still would. */
const WAVE_FAILED = { reason: 'WaveFailed', message: 'not started: a wave before it failed' } as const;
const isDeferred = ({ phase }: Target): boolean => phase === 'Deferred';

/** Succeeded only when every target was seen on the new revision, or had nothing to do. */
function ended(rollout: Rollout, at: Instant): Rollout {
  const rest = allTargets(rollout).filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Skipped');
  if (rest.length === 0) return { ...rollout, phase: 'Succeeded', ...NO_REASON, finishedAt: at };
  const kinds = [...new Set(rest.map(({ phase }) => phase))].sort();
  const texts = kinds.map((kind) => {
    const names = rest.filter(({ phase }) => phase === kind).map(({ cluster }) => cluster);
    return `${names.length} ${kind.toLowerCase()}: ${namesText(names)}`;
  });
  const reason = kinds.includes('Failed') ? 'Failures' : (kinds[0] ?? '');
  return { ...rollout, phase: 'Degraded', reason, message: texts.join('; '), finishedAt: at };
}

function endStopped(rollout: Rollout, phase: Extract<RolloutPhase, 'Cancelled' | 'Superseded'>, at: Instant): Rollout {
  if (!allTargets(rollout).every((target) => isTerminalTarget(target.phase))) return rollout;
  const why = { reason: rollout.reason, message: rollout.message };
  return { ...closeWaves(rollout, phase, why, at), phase, finishedAt: at };
}
