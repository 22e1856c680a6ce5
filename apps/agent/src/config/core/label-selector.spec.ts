import { toLabelSelector } from './label-selector';

describe('toLabelSelector', () => {
  it.each([
    ['a', 'a'],
    ['a:b', 'a=b'],
    ['a:*', 'a'],
    ['a = *', 'a'],
    ['!a', '!a'],
    ['a in ( b , c ),d!=e', 'a in ( b , c ),d!=e'],
    ['example.com/a notin (b)', 'example.com/a notin (b)'],
  ])('agent 138: reads %s', (text, selector) => {
    expect(toLabelSelector([text])).toEqual({ selector });
  });

  it.each([
    ...['(a', 'a in (b', 'a in b', 'a)', '*', '=', 'a in (b c)', 'a in (b,c d)', 'a in ((b))', '-', 'a=b=c', 'a=b:c'],
    ...['a*', 'a!=*b'],
  ])('refuses %s and says so, as it was written', (text) => {
    expect(toLabelSelector([text])).toEqual({ problem: `"${text}" is no label selector` });
  });

  it.each([
    ['sets of nothing', `a in (${' , '.repeat(10_000)}!`],
    ['spaces', `a${' '.repeat(100_000)}!`],
    ['open parentheses', '('.repeat(100_000)],
    ['a set that never ends', `a in (${'b,'.repeat(50_000)}`],
  ])('says no at once: %s', (_, text) => {
    const started = performance.now();
    expect(toLabelSelector([text])).toHaveProperty('problem');
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
