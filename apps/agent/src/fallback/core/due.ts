import type { WhenUnreachable } from '../../config/core/unreachable';

export type Waited = Readonly<{
  /** For how long nothing was heard of the hub. */
  outOfTouchMs: number;
  /** For how long the change waits. */
  pendingMs: number;
  /** A change that is younger may still be followed by more. */
  coalesceMs: number;
}>;

/** A hub that starts anew, or moves, is back by then: that alone is no reason to act without it. */
const GRACE_MS = 5000;

/** May the agent restart a workload that chose this by itself? Both the silence and the change have to be old enough. */
export function isDue(choice: WhenUnreachable, { outOfTouchMs, pendingMs, coalesceMs }: Waited): boolean {
  switch (choice.kind) {
    case 'hold':
      return false;
    case 'immediate':
      return outOfTouchMs >= GRACE_MS && pendingMs >= coalesceMs;
    case 'fallback':
      return outOfTouchMs >= choice.afterMs && pendingMs >= Math.max(choice.afterMs, coalesceMs);
  }
}
