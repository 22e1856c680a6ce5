import type { RolloutView } from '@app/contracts/api/rollout-view';
import { failureLines } from './event-line';
import { waitLines } from './live-view';
import { because, type Instant } from './text';
import { verdictOf } from './verdict';

/** Below a rollout that is shown as one row: what failed, else what it stands or ended at; and what it waits for. */
export function whyLines(rollout: RolloutView, now: Instant): readonly string[] {
  const verdict = verdictOf(rollout);
  if (verdict === 'open') return [...failureLines(rollout), ...waitLines(rollout, now)];
  const failed = failureLines(rollout);
  return failed.length === 0 && verdict === 'not-converged' ? standing(rollout) : failed;
}

const standing = ({ reason, message }: RolloutView): readonly string[] =>
  message === '' ? [] : [because(reason, message)];
