import type { Keys } from '../platform/keys';
import type { Instant } from '../rollout/core/model';

/** The event stream keeps about this many entries. */
const EVENTS_KEPT = '10000';

/** Something that happened, for the event stream. `rollout` and `cluster` are empty when it concerns none. */
export type HubEvent = Readonly<{
  at: Instant;
  type: string;
  rollout: string;
  cluster: string;
  reason: string;
  message: string;
}>;

/** The command that appends an event. */
export function eventWrite(keys: Keys, event: HubEvent): readonly string[] {
  const { at, type, rollout, cluster, reason, message } = event;
  const fields = ['at', String(at), 'type', type, 'rollout', rollout, 'cluster', cluster];
  return ['XADD', keys.events(), 'MAXLEN', '~', EVENTS_KEPT, '*', ...fields, 'reason', reason, 'message', message];
}
