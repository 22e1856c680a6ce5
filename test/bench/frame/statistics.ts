/** The middle of several values and how far they lie apart. */
export type Spread = Readonly<{ median: number; min: number; max: number }>;

/** The value below which the share `p` (0 to 1) of the values lies, by the nearest rank; NaN without values. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? NaN;
}

/** The mean of the two middle ones where their number is even; NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

export const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/** Each value of one series by the value of the other series in the same round: what both suffered cancels out. */
export const ratios = (values: readonly number[], bases: readonly number[]): number[] =>
  values.flatMap((value, round) => {
    const base = bases[round];
    return base === undefined || base === 0 ? [] : [value / base];
  });

/** The k of `cost = c · n^k` that fits best: 0 means that the load costs nothing, 1 that the cost grows as the load. */
export function exponent(points: readonly Readonly<{ n: number; cost: number }>[]): number {
  const logs = points.map(({ n, cost }) => ({ x: Math.log(n), y: Math.log(cost) }));
  const meanX = logs.reduce((sum, { x }) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, { y }) => sum + y, 0) / logs.length;
  const covariance = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const variance = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}
