const NEWLINE = 0x0a;
/** An object in etcd has at most 1.5 MB; escaped as JSON it can grow, but never to this. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
/** What is held of a usual line; more is given back when the line is complete. */
const USUAL_BYTES = 64 * 1024;

/**
 * Cuts a byte stream into lines of text. A newline byte never stands inside a UTF-8 character, so a line decodes on
 * its own. What is left of a chunk is copied: a chunk that is kept would outlive the young garbage that it belongs to.
 */
export class LineSplitter {
  private readonly decoder = new TextDecoder();
  private held = new Uint8Array(USUAL_BYTES);
  private length = 0;

  /**
   * The lines that this chunk completes, without their newline; empty lines are left out.
   * @throws RangeError when a line outgrows every object a server can hold: the stream is not what it should be.
   */
  *push(chunk: Uint8Array): Generator<string> {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const line = this.complete(chunk.subarray(from, at));
      from = at + 1;
      if (line !== '') yield line;
    }
    this.keep(chunk.subarray(from));
  }

  /** Bytes of a line that has begun and not ended: a stream that ends now was cut. */
  pending(): number {
    return this.length;
  }

  private complete(end: Uint8Array): string {
    if (this.length === 0) return this.decoder.decode(end);
    this.keep(end);
    const line = this.decoder.decode(this.held.subarray(0, this.length));
    this.length = 0;
    if (this.held.length > USUAL_BYTES) this.held = new Uint8Array(USUAL_BYTES);
    return line;
  }

  private keep(rest: Uint8Array): void {
    const length = this.length + rest.length;
    if (length > MAX_LINE_BYTES) throw new RangeError(`a line is longer than ${MAX_LINE_BYTES} bytes`);
    if (length > this.held.length) {
      const held = new Uint8Array(Math.max(length, 2 * this.held.length));
      held.set(this.held.subarray(0, this.length));
      this.held = held;
    }
    this.held.set(rest, this.length);
    this.length = length;
  }
}
