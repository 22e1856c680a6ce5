const FIRST_MS = 250;
const MOST_MS = 30_000;

/**
 * How long to wait before the next try, in ms: doubling windows, a random point in each (`random` in [0, 1)).
 * `tries`: failures in a row, from 1. `leastMs`: what the server asked for; waited out in full.
 */
export function backoffMs(tries: number, random: number, leastMs: number | null = null): number {
  const window = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 16));
  return (leastMs ?? 0) + Math.round(window * (0.5 + random / 2));
}
