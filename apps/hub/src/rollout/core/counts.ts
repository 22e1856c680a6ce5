import type { Rollout } from './model';
import { allTargets, isOpen } from './state';

export type Counts = Readonly<Record<'targets' | 'succeeded' | 'failed' | 'skipped' | 'deferred' | 'pending', number>>;

/** Targets by how they stand; `pending` is everything that may still succeed here, also what is in flight. */
export function counts(rollout: Rollout): Counts {
  const targets = allTargets(rollout);
  const inPhase = (phase: string): number => targets.filter((target) => target.phase === phase).length;
  return {
    targets: targets.length,
    succeeded: inPhase('Succeeded'),
    failed: inPhase('Failed'),
    skipped: inPhase('Skipped'),
    deferred: inPhase('Deferred'),
    pending: targets.filter((target) => isOpen(target) && target.phase !== 'Deferred').length,
  };
}
