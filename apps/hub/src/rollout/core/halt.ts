import { closeRemainder } from './closing';
import type { Instant, Rollout } from './model';
import { allTargets, isInFlight } from './state';
import { timeText } from '../../platform/core/times';

/** When a halted rollout is given up; null: it waits for people for as long as they need. */
export const haltUntil = ({ haltedAt, spec }: Rollout): Instant | null =>
  haltedAt === undefined || spec.haltTtlMs === undefined ? null : haltedAt + spec.haltTtlMs;

/** Keeps in mind since when the rollout is halted, and gives it up when that was for too long. */
export function ageHalt(rollout: Rollout, at: Instant): Rollout {
  const { haltedAt, ...others } = rollout;
  if (rollout.phase !== 'Halted') return haltedAt === undefined ? rollout : others;
  if (haltedAt === undefined) return { ...rollout, haltedAt: at };
  const until = haltUntil(rollout);
  return until === null || at < until || allTargets(rollout).some(isInFlight) ? rollout : givenUp(rollout, at);
}

/** What it took in stays taken in: the same revision starts nothing again by itself. */
function givenUp(rollout: Rollout, at: Instant): Rollout {
  const message = `halted since ${timeText(rollout.haltedAt ?? at)} and nobody decided: ${rollout.message}`;
  const rest = { reason: 'HaltExpired', message: 'not started: the rollout was halted for too long and given up' };
  const closed = closeRemainder(rollout, rest, { at, keep: () => false });
  return { ...closed, phase: 'Failed', reason: 'HaltExpired', message, finishedAt: at };
}
