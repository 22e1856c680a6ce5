import type { FleetNow } from './fleet-now';
import type { Rollout, RolloutEvent, Step } from './model';
import { stepAll } from './step-all';

/**
 * The whole engine: record what happened, then decide from the whole state. Pure: equal input gives equal output, the
 * input is never changed, and whatever did not change keeps its identity.
 */
export const step = (rollout: Rollout, event: RolloutEvent, fleet: FleetNow): Step => stepAll(rollout, [event], fleet);
