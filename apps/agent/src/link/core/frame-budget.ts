/** Half of what the hub accepts: room for the envelope and for what grows in JSON. */
export const MAX_BATCH_BYTES = 128 * 1024;

/** Counts what goes into one frame. */
export class FrameBudget {
  #items = 0;
  #bytes = 0;

  constructor(
    private readonly maxItems: number,
    private readonly maxBytes: number,
  ) {}

  /** Takes an item of `bytes` in, or says that the frame is full. The first always fits: its schema bounds it. */
  take(bytes: number): boolean {
    if (this.#items > 0 && (this.#items >= this.maxItems || this.#bytes + bytes > this.maxBytes)) return false;
    this.#items++;
    this.#bytes += bytes;
    return true;
  }
}
