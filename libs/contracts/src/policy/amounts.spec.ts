import { parseAmount, parseDuration, resolveFailureLimit, resolveShare } from './amounts';

it.each([
  ['500ms', 500],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['0s', 0],
  ['400d', undefined],
  ['1.5h', undefined],
  ['10', undefined],
  ['', undefined],
  ['1h 2m', undefined],
])('the duration %j is %s ms', (text, expected) => expect(parseDuration(text)).toBe(expected));

it.each([
  [3, { count: 3 }],
  ['25%', { percent: 25 }],
  ['100%', { percent: 100 }],
  ['101%', undefined],
  ['05%', undefined],
  [-1, undefined],
  [1.5, undefined],
  ['3', undefined],
])('the amount %j is %j', (value, expected) => expect(parseAmount(value)).toEqual(expected));

it('rollouts 8, 9: rounds shares down to at least one and clamps them; rounds failure limits down to zero', () => {
  expect(resolveShare({ percent: 10 }, 4)).toBe(1);
  expect(resolveShare({ count: 9 }, 3)).toBe(3);
  expect(resolveShare({ percent: 10 }, 0)).toBe(0);
  expect(resolveFailureLimit({ count: 0, percent: 25 }, 3)).toBe(0);
  expect(resolveFailureLimit({ count: 1, percent: 5 }, 100)).toBe(5);
  expect(resolveFailureLimit({ count: 5, percent: 0 }, 3)).toBe(3);
});
