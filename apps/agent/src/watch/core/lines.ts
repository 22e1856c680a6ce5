const NEWLINE = 0x0a;
/** An object in etcd has at most 1.5 MB; escaped as JSON it can grow, but never to this. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Cuts a byte stream into lines. A newline byte never stands inside a UTF-8 character, so a line decodes on its own. */
export class LineSplitter {
  private parts: Uint8Array[] = [];
  private length = 0;

  /**
   * The lines that this chunk completes, without their newline; empty lines are left out.
   * @throws RangeError when a line outgrows every object a server can hold: the stream is not what it should be.
   */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const line = this.complete(chunk.subarray(from, at));
      from = at + 1;
      if (line.length > 0) yield line;
    }
    this.keep(chunk.subarray(from));
  }

  /** Bytes of a line that has begun and not ended: a stream that ends now was cut. */
  pending(): number {
    return this.length;
  }

  private keep(rest: Uint8Array): void {
    if (rest.length === 0) return;
    this.length += rest.length;
    if (this.length > MAX_LINE_BYTES) throw new RangeError(`a line is longer than ${MAX_LINE_BYTES} bytes`);
    this.parts.push(rest);
  }

  private complete(end: Uint8Array): Uint8Array {
    if (this.parts.length === 0) return end;
    const line = new Uint8Array(this.length + end.length);
    let offset = 0;
    for (const part of [...this.parts, end]) {
      line.set(part, offset);
      offset += part.length;
    }
    this.parts = [];
    this.length = 0;
    return line;
  }
}
