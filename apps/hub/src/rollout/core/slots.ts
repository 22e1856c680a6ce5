import { isHeld } from './fleet-order';
import { isLimited } from './limited';
import type { Target } from './model';
import { isInFlight, isUnpermitted, isWaiting } from './state';

/**
 * Nothing of it is in flight for the moment, and yet nobody takes its place in the wave: as many clusters as the wave takes
 * at a time are the ones that are neither as they were nor through. One that waits for other clusters is in nobody's way.
 */
export const isHalfway = (target: Target): boolean =>
  (isBetweenTries(target) || isInterrupted(target)) && !isHeld(target);

/**
 * Something of it failed and is to be tried again. Another cluster that started meanwhile might fail as well, before the
 * first failure has counted.
 */
const isBetweenTries = (target: Target): boolean =>
  isWaiting(target) && target.restarts.some((restart) => isUnpermitted(restart) && (restart.failures ?? 0) > 0);

/** Some of it was restarted; the rest waits for a limit, or is about to go on. */
const isInterrupted = (target: Target): boolean =>
  target.attempt > 0 &&
  (target.phase === 'Pending' || isLimited(target)) &&
  target.restarts.some(({ phase }) => phase === 'Succeeded');

/** Counts among those that its wave takes at a time. */
export const keepsSlot = (target: Target): boolean => isInFlight(target) || isHalfway(target);
