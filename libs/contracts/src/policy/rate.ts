const UNITS_US: Readonly<Record<string, number>> = { s: 1e6, m: 60e6, h: 3600e6 };

/** Microseconds per restart of a rate such as `60/m`; undefined when it is not one, is 0, or is above 1,000,000/s. */
export function parseRate(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,9})\/([smh])$/.exec(text) ?? [];
  const interval = Math.ceil((UNITS_US[unit] ?? NaN) / Number(count));
  return Number.isFinite(interval) && Number(count) <= (UNITS_US[unit] ?? 0) ? interval : undefined;
}
