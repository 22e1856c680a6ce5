import type { FleetNow, Rollout, RolloutEvent, Step } from './model';
import { decide } from './decide';
import { effectsOf, wakeAt } from './effects';
import { evolve } from './evolve';

/**
 * The whole engine: record what happened, then decide from the whole state. Pure: equal input gives equal output, the
 * input is never changed, and whatever did not change keeps its identity.
 */
export function step(rollout: Rollout, event: RolloutEvent, fleet: FleetNow): Step {
  const after = decide(evolve(rollout, event), event.at, fleet);
  return { rollout: after, effects: effectsOf(rollout, after, event.at), wakeAt: wakeAt(after, event.at) };
}
