import type { Revision } from '@app/contracts/revision';
import type { Outcome } from '@app/contracts/wire/agent-messages';
import { completionOf } from '../../inventory/core/rollout-status';
import type { WorkloadLook } from '../../inventory/workbench.port';

/** A restart that was written and is watched to its end. */
export type Followed = Readonly<{
  uid: string;
  toRevision: Revision;
  /** The stamp that stood in the template before. */
  fromStamp: Revision | null;
  /** What success is called: APPLIED, or ALREADY_APPLIED when nothing was written this time. */
  success: Outcome;
}>;

export type Progress =
  | Readonly<{ ended: false; message: string }>
  | Readonly<{ ended: true; outcome: Outcome; reason: string; message: string }>;

/** Where a restart stands, by the workload alone. Success needs our stamp in the template whose pods all run. */
export function progressOf(followed: Followed, look: WorkloadLook | undefined): Progress {
  if (!look) return ended('NOT_FOUND', 'Gone', 'the workload was deleted while it restarted');
  const { record } = look;
  if (record.uid !== followed.uid) {
    return ended('SUPERSEDED_UID', 'SupersededUid', 'the workload was deleted and made anew while it restarted');
  }
  if (record.stamp !== followed.toRevision) return displaced(followed, record.stamp);
  const completion = completionOf(record.status);
  switch (completion.phase) {
    case 'progressing':
      return { ended: false, message: completion.message };
    case 'failed':
      return ended('ROLLOUT_FAILED', completion.reason, completion.message);
    case 'ready':
      return ended(followed.success, completion.reason, completion.message);
  }
}

const REVERTED =
  'someone put the old pod template back before the restart had ended; ' +
  'if that was a GitOps tool, let it leave alone what the field manager fleet-reloader writes';

function displaced(followed: Followed, stamp: Revision | null): Progress {
  if (stamp === null || stamp === followed.fromStamp) {
    return ended('ROLLOUT_FAILED', 'Reverted', REVERTED);
  }
  return ended('STALE_REVISION', 'Superseded', `a restart for ${stamp} took over before this one had ended`);
}

const ended = (outcome: Outcome, reason: string, message: string): Progress => ({
  ended: true,
  outcome,
  reason,
  message,
});

/** True when the pods were seen to run the revision. */
export const isSuccess = (outcome: Outcome): boolean => outcome === 'APPLIED' || outcome === 'ALREADY_APPLIED';
