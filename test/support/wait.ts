import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** After this many milliseconds the wait fails (default 30,000). */
  readonly timeoutMs?: number;
  /** How long to wait between two looks, in milliseconds (default 50). */
  readonly intervalMs?: number;
  /** Told what was seen last when the wait fails. */
  readonly describe?: () => string;
}

/**
 * Looks again and again until `look` gives something other than undefined or false, and returns that.
 * An exception of `look` ends the wait: a look that may fail for a while has to say so by returning undefined.
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<T> {
  const { timeoutMs = 30_000, intervalMs = 50, describe } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${what}${describe ? `: ${describe()}` : ''}`);
    }
    await sleep(intervalMs);
  }
}
