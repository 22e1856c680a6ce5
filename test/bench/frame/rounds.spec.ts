import { inTurn } from './rounds';

describe('the rounds of a benchmark', () => {
  it('give every arm its turns, begin with another arm each time, and drop the warm-up', async () => {
    const order: string[] = [];
    const arms = ['a', 'b', 'c'].map((name) => ({ name }));
    const results = await inTurn(arms, { rounds: 1, turns: 2, say: () => undefined }, async ({ name }) => {
      order.push(name);
      return order.length;
    });
    expect(order.join('')).toBe('abcbcaabcbca');
    expect([...results]).toEqual([
      ['a', [[7, 12]]],
      ['b', [[8, 10]]],
      ['c', [[9, 11]]],
    ]);
  });
});
