import type { Outcome } from '@app/contracts/wire/agent-messages';
import type { Retry } from '@app/contracts/policy/rules';

/** Failures that may pass: the workload did not become ready, or the API server did not take the write. */
const PASSING: ReadonlySet<Outcome> = new Set(['ROLLOUT_FAILED', 'TIMEOUT', 'PATCH_REJECTED']);

/** Whether a restart that failed for the n-th time in a row is tried again. */
export const isTriedAgain = (outcome: Outcome, failures: number, retry: Retry): boolean =>
  PASSING.has(outcome) && failures < retry.attempts;

/** How long to wait after the n-th failure. Which way the jitter goes follows from `seed`: the same for the same. */
export function retryPauseMs({ exponential, baseMs, maxMs, jitter }: Retry, failures: number, seed: string): number {
  const pause = exponential ? Math.min(maxMs, baseMs * 2 ** (failures - 1)) : Math.min(maxMs, baseMs);
  return Math.round(pause * (1 + jitter * (2 * shareOf(seed) - 1)));
}

/** A number from 0 to 1 that looks like chance (FNV-1a, mixed once more so that names that differ at the end differ). */
function shareOf(seed: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < seed.length; at++) hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0xffffffff;
}
