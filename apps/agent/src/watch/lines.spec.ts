import fc from 'fast-check';
import { LineSplitter } from './lines';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const linesOf = (splitter: LineSplitter, chunks: readonly Uint8Array[]): string[] =>
  chunks.flatMap((chunk) => [...splitter.push(chunk)]);

describe('LineSplitter', () => {
  it('gives the same lines however the bytes are cut, also inside a character', () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replaceAll('\n', ' '));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(40)), (lines, cuts) => {
        const bytes = encode(lines.map((text) => `${text}\n`).join(''));
        const chunks: Uint8Array[] = [];
        let from = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(from, from + cut));
          from = Math.min(from + cut, bytes.length);
        }
        chunks.push(bytes.subarray(from));
        const splitter = new LineSplitter();
        expect(linesOf(splitter, chunks)).toEqual(lines);
        expect(splitter.pending()).toBe(0);
      }),
    );
  });

  it('holds a line of any length until it is complete, and short ones after it', () => {
    const splitter = new LineSplitter();
    const long = 'ä'.repeat(300_000);
    const bytes = encode(`${long}\nnext\n`);
    const chunks = Array.from({ length: 61 }, (_, index) => bytes.subarray(index * 10_000, (index + 1) * 10_000));
    expect(linesOf(splitter, [encode('first\nha'), encode('lf\n'), ...chunks])).toEqual([
      'first',
      'half',
      long,
      'next',
    ]);
  });

  it('knows when a line has begun and not ended', () => {
    const splitter = new LineSplitter();
    expect(linesOf(splitter, [encode('one\ntw')])).toEqual(['one']);
    expect(splitter.pending()).toBe(2);
  });

  it('refuses a line without end instead of filling the memory', () => {
    const splitter = new LineSplitter();
    const chunk = new Uint8Array(1024 * 1024).fill(0x61);
    expect(() => {
      for (let n = 0; n < 20; n++) linesOf(splitter, [chunk]);
    }).toThrow(RangeError);
  });
});
