import type { WorkloadKind } from '@app/contracts/objects';
import { isSuccess, type Progress } from './progress';

/** `since`: when it became ready and has been so; null: it is not. In monotonic ms. */
export type Steadiness = Readonly<{ progress: Progress; since: number | null }>;

/** Of these a restart is over when the Job is there: nothing of theirs stays ready. */
const NEVER_STEADY: readonly WorkloadKind[] = ['Job', 'CronJob'];

/** How long a workload of this kind is waited for once it is ready, in ms. */
export const holdMs = (kind: WorkloadKind, minReadyMs: number | undefined): number =>
  NEVER_STEADY.includes(kind) ? 0 : (minReadyMs ?? 0);

/**
 * What is ready counts as through only when it has stayed so for `minReadyMs`: whatever it loses meanwhile starts the
 * time anew. `since` is that of the look before.
 */
export function steady(
  progress: Progress,
  { minReadyMs, since, now }: Readonly<{ minReadyMs: number; since: number | null; now: number }>,
): Steadiness {
  if (!progress.ended) return { progress, since: null };
  if (minReadyMs === 0 || !isSuccess(progress.outcome)) return { progress, since };
  const from = since ?? now;
  if (now - from >= minReadyMs) return { progress, since: from };
  const message = `it is ready, and has to stay so for ${Math.round(minReadyMs / 1000)} s`;
  return { progress: { ended: false, message }, since: from };
}
