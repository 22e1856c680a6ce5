import { isHeld } from './fleet-order';
import type { Target } from './model';
import { isInFlight, isUnpermitted, isWaiting } from './state';

/**
 * Something of it failed and is to be tried again. It is as much at risk as one in flight: another cluster that started
 * meanwhile might fail as well, before the first failure has counted. One that waits for other clusters is in nobody's way.
 */
export const isBetweenTries = (target: Target): boolean =>
  isWaiting(target) &&
  target.restarts.some((restart) => isUnpermitted(restart) && (restart.failures ?? 0) > 0) &&
  !isHeld(target);

/** Counts among those that its wave takes at a time. */
export const keepsSlot = (target: Target): boolean => isInFlight(target) || isBetweenTries(target);
