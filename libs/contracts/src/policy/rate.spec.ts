import { parseRate } from './rate';

it.each<[string, number | undefined]>([
  ['1/s', 1_000_000],
  ['60/m', 1_000_000],
  ['1/h', 3_600_000_000],
  ['7/m', 8_571_429], // rounded up, so that it is never more
  ['1000000/s', 1],
  ['1000001/s', undefined],
  ['60000000/m', 1],
  ['60000001/m', undefined],
  ['0/s', undefined],
  ['1/d', undefined],
  ['1/', undefined],
  ['/s', undefined],
  ['1.5/s', undefined],
  [' 1/s', undefined],
  ['1/s ', undefined],
  ['1000000000/h', undefined],
])('%j leaves so many microseconds between two: %s', (text, expected) => {
  expect(parseRate(text)).toBe(expected);
});
