import { verdictOf } from '../limits/core/reply';
import type { FleetNow } from './core/fleet-now';
import type { Instant } from './core/model';
import { StartsRefused } from './rollout-errors';

/** The store is asked again as long as it refuses something else; in the last rounds nothing new is asked for. */
const MOST_ROUNDS = 8;

/**
 * Decides and writes, and decides again with what the store refuses, until it takes what was decided.
 * @param attempt one round; throws StartsRefused when the store does.
 */
export async function withinLimits<T>(
  fleet: FleetNow,
  at: Instant,
  attempt: (fleet: FleetNow) => Promise<T>,
): Promise<T> {
  let known = fleet;
  for (let round = 1; round < MOST_ROUNDS; round++) {
    try {
      return await attempt(known);
    } catch (error) {
      if (!(error instanceof StartsRefused)) throw error;
      const verdict = verdictOf(error.refusals, error.asked, { at, before: known.verdict, round });
      known = { ...known, verdict };
    }
  }
  const nothing = { granted: new Set<string>(), refused: known.verdict?.refused ?? new Map(), final: true };
  return attempt({ ...known, verdict: nothing });
}

/** Reasons for which restarts of this look were refused, one for each. */
export const refusalsIn = ({ verdict }: FleetNow): readonly string[] =>
  [...(verdict?.refused ?? [])].flatMap(([name, { reason }]) => (name.startsWith('r/') ? [reason] : []));
