import type { Ran } from './fleet-now';
import type { Restart } from './model';
import { hasBegun, isPermitted } from './state';

/** Ends of restarts that never wrote anything. */
const UNWRITTEN: ReadonlySet<string> = new Set(['PatchRejected', 'LocallyDenied', 'TooManyAttempts']);

/** How far a workload's restart has come with this step; null: no further than before, or it did not happen. */
export function ranAs(was: Restart | undefined, now: Restart): Ran['outcome'] | null {
  if (was === undefined || now.revision === null || !isPermitted(was)) return null;
  if (hasBegun(now)) return hasBegun(was) ? null : 'begun';
  if (now.phase === 'Succeeded') return 'Succeeded';
  if (now.phase !== 'Failed') return null;
  return UNWRITTEN.has(now.reason) && !hasBegun(was) ? null : 'Failed';
}
