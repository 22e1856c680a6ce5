import type { Instant, Rollout, Target, Why } from './model';
import { endAll } from './settle';
import { change, isFinished, isOpen, mapTargets, mapWaves } from './state';

/** Targets that have not ended, and do not any more, and with them their waves; `keep` those that are still owed something. */
export function closeRemainder(
  rollout: Rollout,
  why: Why,
  { at, keep }: Readonly<{ at: Instant; keep: (target: Target) => boolean }>,
): Rollout {
  const closed = mapTargets(rollout, (target): Target => {
    if (!isOpen(target) || keep(target)) return target;
    const ended = endAll(target, { phase: 'Skipped', ...why }, at);
    return { ...ended, phase: 'Cancelled', ...why, until: null, finishedAt: at };
  });
  return closeWaves(closed, 'Cancelled', why, at);
}

/** Ends every wave that has not ended. */
export const closeWaves = (rollout: Rollout, phase: 'Cancelled' | 'Superseded', why: Why, at: Instant): Rollout =>
  mapWaves(rollout, (wave) => {
    if (isFinished(wave)) return wave;
    if (wave.phase === 'Failed') return change(wave, { finishedAt: wave.finishedAt ?? at });
    return { ...wave, phase, reason: why.reason, message: why.message, soakUntil: null, finishedAt: at };
  });
