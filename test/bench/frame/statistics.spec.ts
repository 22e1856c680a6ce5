import { exponent, median, percentile, ratios, spread } from './statistics';

describe('the statistics of the benchmarks', () => {
  it('give percentiles by the nearest rank, in whatever order the values come', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.95, 0.99, 1].map((p) => percentile(hundred, p))).toEqual([50, 95, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('give the middle and the spread', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(spread([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
  });

  it('compare within one round', () => {
    expect(ratios([15, 30], [10, 20])).toEqual([1.5, 1.5]);
    expect(ratios([15, 30], [10])).toEqual([1.5]);
  });

  it.each([0, 0.5, 1, 2])('find the exponent %d', (k) => {
    const points = [1, 2, 4, 8, 16].map((n) => ({ n, cost: 3 * n ** k }));
    expect(exponent(points)).toBeCloseTo(k, 6);
  });
});
