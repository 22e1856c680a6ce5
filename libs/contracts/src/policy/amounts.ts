/** An absolute number, or a percentage of what it is taken from. */
export type Amount = Readonly<{ count: number } | { percent: number }>;

/** Failures tolerated: `max(count, floor(percent × planned / 100))`. */
export type FailureLimit = Readonly<{ count: number; percent: number }>;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** One or more number-unit pairs, e.g. `90s`, `1h30m`. */
export const DURATION = /^(\d+(ms|s|m|h|d))+$/;
/** Longest duration a policy may name: a year. Keeps sums of instants exact. */
export const MAX_DURATION_MS = 366 * 86_400_000;

/** Milliseconds of a duration such as `1h30m`; undefined when it is not one or is over a year. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g))
    total += Number(count) * (UNITS[unit ?? ''] ?? NaN);
  return total <= MAX_DURATION_MS ? total : undefined;
}

/** Milliseconds of a duration that the schema accepted, or what holds where none was written. */
export const durationOr = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : (parseDuration(text) ?? otherwise);

/** A whole number, or `N%` with N from 0 to 100; undefined otherwise. */
export function parseAmount(value: unknown): Amount | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? { count: value } : undefined;
  if (typeof value !== 'string') return undefined;
  const percent = /^(100|[1-9]?\d)%$/.exec(value);
  if (percent) return { percent: Number(percent[1]) };
  return undefined;
}

export const isZero = (amount: Amount): boolean => ('count' in amount ? amount.count : amount.percent) === 0;

/** How many of `total` an amount is: percentages round down but to at least 1; never more than the total. */
export function resolveShare(amount: Amount, total: number): number {
  const wanted = 'count' in amount ? amount.count : Math.max(1, Math.floor((amount.percent * total) / 100));
  return Math.min(wanted, total);
}

/** Failures tolerated among `planned`: `max(count, floor(percent))`, clamped to `planned`. */
export const resolveFailureLimit = (limit: FailureLimit, planned: number): number =>
  Math.min(planned, Math.max(limit.count, Math.floor((limit.percent * planned) / 100)));
