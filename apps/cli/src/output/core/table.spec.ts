import { tableLines, type View, viewLines } from './table';
import { age, labelText, span } from './values';

type Thing = Readonly<{ name: string; since: string; note: string }>;
const view: View<Thing> = {
  name: ({ name }) => name,
  columns: [
    { header: 'NAME', value: ({ name }) => name },
    { header: 'AGE', value: ({ since }, now) => age(since, now) },
    { header: 'NOTE', value: ({ note }) => note, wide: true },
  ],
};
const now = Date.parse('2030-01-02T00:00:00Z');
const things = [
  { name: 'a', since: '2030-01-01T22:00:00Z', note: '' },
  { name: 'longer', since: '2030-01-01T23:59:58Z', note: 'one\ntwo\u001b[31m' },
];

describe('tables', () => {
  it('align their columns, and leave no cell and no line end blank', () => {
    expect(viewLines(view, things, { wide: false, width: null, now })).toEqual([
      'NAME    AGE',
      'a       2h',
      'longer  2s',
    ]);
    expect(viewLines(view, [{ ...things[0]!, since: '' }], { wide: false, width: null, now })[1]).toBe('a     -');
  });

  it('show more columns when wide, and nothing that moves the cursor', () => {
    expect(viewLines(view, things, { wide: true, width: null, now })[2]).toBe('longer  2s   one two [31m');
  });

  it('are cut to a terminal, whole in a pipe', () => {
    expect(tableLines(['A', 'B'], [['x', 'a long text']], 8)).toEqual(['A  B', 'x  a lo…']);
    expect(tableLines(['A', 'B'], [['x', 'a long text']], null)[1]).toBe('x  a long text');
  });

  it('lose the ends of their widest columns before a column, and nothing of the names', () => {
    const header = ['THE-NAME-OF-THE-THING', 'REVISION', 'PODS', 'REASON'];
    const cells = ['a-name-of-26-characters-is', 'k000001:aaaaaaaaaaaaaaaaaaaaaa', '0/3', 'PodsBehind'];
    expect(tableLines(header, [cells], 64)).toEqual([
      'THE-NAME-OF-THE-THING       REVISION            PODS  REASON',
      'a-name-of-26-characters-is  k000001:aaaaaaaaa…  0/3   PodsBehind',
    ]);
    expect(tableLines(header, [cells], 40)[1]).toBe('a-name-of-26-characters-is  k000001:aaa…');
  });
});

describe('values', () => {
  it.each([
    [-5, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [3_600_000, '1h'],
    [90_000_000, '1d'],
  ])('a span of %d ms is %s', (ms, text) => {
    expect(span(ms)).toBe(text);
  });

  it('labels are sorted', () => {
    expect(labelText({ b: '2', a: '1' })).toBe('a=1,b=2');
  });
});
