import type { WorkloadKind } from '@app/contracts/objects';
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
  if (before?.uid !== after.uid) return null;
  if (before.template === after.template) {
    const unseen = !consecutive && before.status.generation !== after.status.generation;
    return unseen ? null : proceed(known, after);
  }
  const startsAll = consecutive && isComplete(before) && restartsAll(before) && restartsAll(after);
  return startsAll ? { version: after.resourceVersion, complete: isComplete(after), sources: {} } : null;
}

const proceed = (known: FreshStart | null, after: WorkloadRecord): FreshStart | null =>
  known && !known.complete && isComplete(after) ? { ...known, complete: true } : known;

/** Every pod runs the newest template. */
export const isComplete = ({ status }: Pick<WorkloadRecord, 'status'>): boolean =>
  completionOf(status).phase === 'ready';

/** A Job's or CronJob's template decides about pods to come, and a canary keeps old pods beside the new ones. */
const REPLACED: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'DeploymentConfig'];

const restartsAll = ({ status }: WorkloadRecord): boolean =>
  REPLACED.includes(status.kind) && stillness(status) === null && status.partition === 0;
