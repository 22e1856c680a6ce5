const LINE_END = '\r\n';

type Request = Readonly<{ bytes: Buffer; words: readonly string[] }>;

/** Cuts a stream of Redis requests (arrays of bulk strings) into whole ones. */
export class RequestReader {
  private rest: Buffer = Buffer.alloc(0);

  read(data: Buffer): readonly Request[] {
    this.rest = this.rest.length === 0 ? data : Buffer.concat([this.rest, data]);
    const requests: Request[] = [];
    for (let next = this.next(); next !== undefined; next = this.next()) {
      requests.push(next);
      this.rest = this.rest.subarray(next.bytes.length);
    }
    return requests;
  }

  private next(): Request | undefined {
    const head = this.number('*', 0);
    if (!head) return undefined;
    const words: string[] = [];
    let at = head.end;
    while (words.length < head.value) {
      const length = this.number('$', at);
      if (!length || this.rest.length < length.end + length.value + LINE_END.length) return undefined;
      words.push(this.rest.toString('utf8', length.end, length.end + length.value));
      at = length.end + length.value + LINE_END.length;
    }
    return { bytes: Buffer.from(this.rest.subarray(0, at)), words };
  }

  /** `*3\r\n` at `from`: the number, and where the line ends. */
  private number(sign: string, from: number): Readonly<{ value: number; end: number }> | undefined {
    const end = this.rest.indexOf(LINE_END, from);
    if (end < 0) return undefined;
    const line = this.rest.toString('latin1', from, end);
    if (!line.startsWith(sign)) throw new Error(`no request of Redis: ${line.slice(0, 20)}`);
    return { value: Number(line.slice(1)), end: end + LINE_END.length };
  }
}
