const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** Longest rest that the hub may ask for. */
const LONGEST_TOLD_MS = 600_000;

/** A rest after the hub could not store something: nothing else is sent meanwhile, and each rest is longer. */
export class RetryPause {
  #lastMs = 0;
  #timer: NodeJS.Timeout | null = null;

  get active(): boolean {
    return this.#timer !== null;
  }

  /** @param afterMs when the hub said how long; else it doubles, up to half a minute. */
  begin(then: () => void, afterMs?: number): void {
    if (this.#timer) return;
    this.#lastMs = Math.min(Math.max(this.#lastMs * 2, FIRST_MS), LONGEST_MS);
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        then();
      },
      Math.min(afterMs ?? this.#lastMs * (0.5 + Math.random() / 2), LONGEST_TOLD_MS),
    );
  }

  /** The hub stores again. */
  relax(): void {
    this.#lastMs = 0;
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
