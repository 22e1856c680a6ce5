import { setTimeout as sleep } from 'node:timers/promises';

/** The waits of watches that got no answer: the first one that gets any ends those of all. */
export class Comeback {
  readonly #waiting = new Set<AbortController>();

  /** Resolves after this time, when the server is back, or when `signal` says so. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const back = new AbortController();
    this.#waiting.add(back);
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, back.signal]) }).catch(() => undefined);
    this.#waiting.delete(back);
  }

  /** The server answers. */
  announce(): void {
    for (const waiting of this.#waiting) waiting.abort();
  }
}
