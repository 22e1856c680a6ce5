import type { FreshStart } from './reckon';
import type { WorkloadRecord } from './records';
import { completionOf, stillness } from './rollout-status';

/**
 * Follows who restarted a workload and when. A write that changes the template, seen right after the version in
 * which every pod was on one template, starts all its pods anew: what their sources held before that write, they
 * have read. Anything less certain (a version was not seen, another rollout was under way, the kind's strategy
 * leaves pods alone) proves nothing: a rollout that is turned back half-way keeps pods that never restarted.
 * `consecutive`: `after` is the very next version of the object after `before`.
 */
export function freshStart(
  before: WorkloadRecord | undefined,
  after: WorkloadRecord,
  consecutive: boolean,
  known: FreshStart | null,
): FreshStart | null {
  if (!before || before.uid !== after.uid) return null;
  const sameTemplate = before.template === after.template && before.stamp === after.stamp;
  if (sameTemplate) {
    if (!consecutive && before.status.generation !== after.status.generation) return null;
    return known && !known.complete && isComplete(after) ? { ...known, complete: true } : known;
  }
  const startsAll = consecutive && isComplete(before) && restartsAll(before) && restartsAll(after);
  return startsAll ? { version: after.resourceVersion, complete: isComplete(after) } : null;
}

/** Every pod runs the newest template. */
export const isComplete = ({ status }: Pick<WorkloadRecord, 'status'>): boolean =>
  completionOf(status).phase === 'ready';

const restartsAll = ({ status }: WorkloadRecord): boolean => stillness(status) === null && status.partition === 0;
