/** How long changes of one workload are gathered before it restarts, in ms. */
export type WindowOptions = Readonly<{ coalesceMs: number }>;

/** Changes that never pause must not put a restart off for ever: the longest wait, in windows. */
const MOST_WINDOWS = 30;

/**
 * Ms from now until a workload restarts: one window after the last change, at most thirty after the first.
 * Both instants in ms of one clock.
 */
export function waitMs(firstChange: number, now: number, { coalesceMs }: WindowOptions): number {
  const latest = firstChange + coalesceMs * MOST_WINDOWS;
  return Math.max(0, Math.min(coalesceMs, latest - now));
}

const FIRST_RETRY_MS = 30_000;
const MOST_RETRY_MS = 600_000;

/** Ms until a write that the API server refused is tried again: what refuses it is mended by people. */
export const refusedRetryMs = (refusals: number): number =>
  Math.min(MOST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(refusals - 1, 10));
