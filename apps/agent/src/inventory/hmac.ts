import { hash } from 'node:crypto';

const ALGORITHM = 'sha256';
const BLOCK_BYTES = 64;
const [INNER, OUTER] = [0x36, 0x5c];
const LENGTH_BYTES = 4;
/** More than a text of one character per byte needs, for each that UTF-8 writes with three. */
const MOST_BYTES_PER_CHARACTER = 3;
/** Objects of this size are usual: what is larger takes a buffer of its own for a while. */
const USUAL_BYTES = 64 * 1024;

/**
 * HMAC-SHA-256 (RFC 2104) of lists of fields, each with its length before it. Written out, because Node's own keeps
 * an object outside the heap for every digest until a full collection: with thousands of Secrets, tens of MB.
 */
export class FieldHmac {
  readonly #outer: Buffer;
  /** Begins with the inner block; the message is written behind it. */
  readonly #usual = Buffer.alloc(USUAL_BYTES);
  readonly #inner: Buffer;

  /** The key has at most 64 bytes. */
  constructor(key: Buffer) {
    this.#inner = padded(key, INNER);
    this.#outer = Buffer.concat([padded(key, OUTER), Buffer.alloc(hash(ALGORITHM, '', 'buffer').length)]);
    this.#inner.copy(this.#usual);
  }

  /** One character for each byte: as buffers, digests would take memory of their own outside the heap. */
  digest(fields: readonly string[]): string {
    const most = fields.reduce(
      (sum, { length }) => sum + LENGTH_BYTES + length * MOST_BYTES_PER_CHARACTER,
      BLOCK_BYTES,
    );
    const message = most <= USUAL_BYTES ? this.#usual : this.#large(fields);
    let at = BLOCK_BYTES;
    for (const field of fields) {
      const bytes = message.write(field, at + LENGTH_BYTES);
      message.writeUInt32BE(bytes, at);
      at += LENGTH_BYTES + bytes;
    }
    this.#outer.write(hash(ALGORITHM, message.subarray(0, at), 'binary'), BLOCK_BYTES, 'latin1');
    return hash(ALGORITHM, this.#outer, 'binary');
  }

  #large(fields: readonly string[]): Buffer {
    const bytes = fields.reduce((sum, field) => sum + LENGTH_BYTES + Buffer.byteLength(field), BLOCK_BYTES);
    const message = Buffer.allocUnsafe(bytes);
    this.#inner.copy(message);
    return message;
  }
}

function padded(key: Buffer, pad: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES, pad);
  key.forEach((byte, index) => block.writeUInt8(byte ^ pad, index));
  return block;
}
