/** Heartbeats between two comparisons: at the usual interval about four minutes. */
const EVERY_BEATS = 10;

/**
 * Finds out when the hub's picture of a cluster has drifted from the cluster's own, whatever the cause. One difference
 * proves nothing, a report may be under way; two in a row do.
 */
export class Agreement {
  #beats = 0;
  #differed = false;

  /** @returns whether this heartbeat's digest is to be compared. */
  due(): boolean {
    this.#beats++;
    return this.#differed || this.#beats % EVERY_BEATS === 0;
  }

  /** The store may have lost what it had acknowledged: the next heartbeat is compared, and one difference is enough. */
  doubt(): void {
    this.#differed = true;
  }

  /** @returns whether the hub has to ask for everything. */
  compared(equal: boolean): boolean {
    const again = !equal && this.#differed;
    this.#differed = !equal && !again;
    return again;
  }
}
