import type { WorkloadFact } from '@app/contracts/wire/facts';
import { isPending } from '@app/contracts/wire/facts';
import { hindranceOf } from '../../inventory/core/pause';
import type { WorkloadRecord } from '../../inventory/core/records';
import { type Completion, completionOf } from '../../inventory/core/rollout-status';
import { wantToAct } from './local-order';

/** For those that restart after it: nothing to wait for; its restart is due or under way; it came to no good end. */
export type Standing = 'through' | 'open' | 'failed';

/**
 * How far a workload is, from what is known of it now: nobody has to remember how its restart began. One that failed is
 * through as soon as its pods run what it wants; what is never restarted, or stays as it is on its owner's wish, keeps
 * nobody waiting.
 */
export function standingOf(fact: WorkloadFact, record: Pick<WorkloadRecord, 'stamp' | 'status' | 'pause'>): Standing {
  if (fact.state === 'Ignored') return 'through';
  if (fact.state === 'Restarting') return 'open';
  if (isPending(fact)) return pendingStanding(fact);
  const completion = completionOf(record.status);
  if (completion.phase === 'ready' || hindranceOf(record) !== null) return 'through';
  if (fact.state === 'Failed') return 'failed';
  return record.stamp === fact.have && isReplacing(completion, record) ? 'open' : 'through';
}

/** What can not be restarted as it stands comes through no restart: whoever mends it will see it pending. */
function pendingStanding(fact: WorkloadFact): Standing {
  if (wantToAct(fact) === null) return 'through';
  return fact.state === 'Failed' ? 'failed' : 'open';
}

/** A roll-out that is under way, also when this process did not begin it; pods that are merely not well are none. */
const isReplacing = ({ phase, reason }: Completion, { status }: Pick<WorkloadRecord, 'status'>): boolean =>
  phase === 'progressing' && (reason !== 'Starting' || !status.oneRevision);
