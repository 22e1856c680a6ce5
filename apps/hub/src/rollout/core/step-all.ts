import type { FleetNow } from './fleet-now';
import type { Rollout, RolloutEvent, Step } from './model';
import { decide } from './decide';
import { changedTargets, effectsOf, wakeAt } from './effects';
import { evolveAll } from './news';

/** How soon a rollout that could only be noted in is looked at again. */
const NOTED_MS = 5000;

/** Takes in what happened and decides nothing: for times in which the clock can not be trusted. */
export function noteAll(rollout: Rollout, events: readonly RolloutEvent[]): Step {
  const at = Math.max(...events.map((event) => event.at));
  const after = evolveAll(rollout, events);
  const changed = changedTargets(rollout, after);
  const over = wakeAt(after, at) === null;
  return {
    rollout: after,
    changed,
    effects: effectsOf(rollout, after, at, changed),
    wakeAt: over ? null : at + NOTED_MS,
  };
}

/**
 * One step for events that came in together: all are recorded, then one decision is made, as of the last of them. Since
 * decisions rest on the whole state, it is the one that the events would have led to one by one.
 */
export function stepAll(rollout: Rollout, events: readonly RolloutEvent[], fleet: FleetNow): Step {
  const at = Math.max(...events.map((event) => event.at));
  const after = decide(evolveAll(rollout, events), at, fleet);
  const changed = changedTargets(rollout, after);
  return { rollout: after, changed, effects: effectsOf(rollout, after, at, changed), wakeAt: wakeAt(after, at) };
}
