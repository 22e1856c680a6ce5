const SAMPLES = 8;

/**
 * The hub's time, learned from its frames and carried on by a clock that never jumps. The wall clock of this machine
 * decides nothing: it may be hours off.
 *
 * A frame that was long under way makes the hub look behind, never ahead. So the largest of the last few differences
 * is the nearest to the truth, and an old frame can not make an expired permit look fresh.
 */
export class HubClock {
  #offsets: readonly number[] = [];
  #fresh = false;

  /** A new session may be with another hub process: its first frame replaces what was learned before. */
  newSession(): void {
    this.#fresh = true;
  }

  /**
   * @param hubTime epoch ms in the frame
   * @param monotonic ms on a clock that never jumps, when the frame arrived
   */
  learn(hubTime: number, monotonic: number): void {
    if (!Number.isFinite(hubTime)) return;
    this.#offsets = [...(this.#fresh ? [] : this.#offsets), hubTime - monotonic].slice(-SAMPLES);
    this.#fresh = false;
  }

  get known(): boolean {
    return this.#offsets.length > 0;
  }

  /** Epoch ms at the hub; infinitely late before anything was learned, so that every permit counts as expired. */
  now(monotonic: number): number {
    return this.known ? Math.max(...this.#offsets) + monotonic : Number.POSITIVE_INFINITY;
  }
}
