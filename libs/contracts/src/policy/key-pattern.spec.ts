import { keyPattern, matchesKey } from './key-pattern';

it.each([
  ['a', 'a', true],
  ['a', 'ab', false],
  ['meta.*', 'meta.', true],
  ['meta.*', 'meta.owner', true],
  ['meta.*', 'metaXowner', false],
  ['*.crt', 'tls.crt', true],
  ['*.crt', 'tls.crt.old', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*a*b*', 'xaybz', true],
  ['*a*b*', 'xbya', false],
  ['a*b*b', 'ab', false],
  ['*', '', true],
  ['.', 'x', false],
])('%s on %s: %s', (pattern, key, expected) => {
  expect(matchesKey([pattern], key)).toBe(expected);
  expect(matchesKey(['none', pattern], key)).toBe(expected);
});

it('many stars take no time', () => {
  expect(matchesKey(['*a'.repeat(126)], 'a'.repeat(125) + 'b')).toBe(false);
});

it.each(['', 'a b', 'a/b', 'a!b', 'a,b', '?', 'x'.repeat(254)])('"%s" is no pattern', (text) => {
  expect(keyPattern.safeParse(text).success).toBe(false);
});
