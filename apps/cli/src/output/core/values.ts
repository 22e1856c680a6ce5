const SECOND = 1000;
const UNITS = [
  ['d', 86_400 * SECOND],
  ['h', 3_600 * SECOND],
  ['m', 60 * SECOND],
] as const;

/** A span in its largest unit, as lists show ages: `45s`, `12m`, `3h`, `9d`. Never negative. */
export function span(ms: number): string {
  for (const [unit, length] of UNITS) if (ms >= length) return `${Math.floor(ms / length)}${unit}`;
  return `${Math.max(0, Math.floor(ms / SECOND))}s`;
}

/** How long ago an RFC 3339 time is; empty without one. */
export const age = (time: string | null | undefined, now: number): string => (time ? span(now - Date.parse(time)) : '');

/** `a=1,b=2`, sorted by key. */
export const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key] ?? ''}`)
    .join(',');
