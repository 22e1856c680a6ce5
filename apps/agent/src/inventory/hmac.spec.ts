import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { FieldHmac } from './hmac';

const key = randomBytes(32);
const hmac = new FieldHmac(key);

function expected(fields: readonly string[]): string {
  const reference = createHmac('sha256', key);
  for (const field of fields) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(field));
    reference.update(length).update(field);
  }
  return reference.digest('binary');
}

it('is the HMAC that everybody knows, of each field with its length', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (fields) => {
      expect(hmac.digest(fields)).toBe(expected(fields));
    }),
  );
});

it.each([
  ['fills the buffer', ['a'.repeat(21_000)]],
  ['outgrows the buffer', ['a'.repeat(2_000_000), 'b']],
  ['is text of many bytes', ['€'.repeat(30_000)]],
])('also when a field %s, and after it', (_title, fields) => {
  expect(hmac.digest(fields)).toBe(expected(fields));
  expect(hmac.digest(['x'])).toBe(expected(['x']));
});
