import type { WallTime } from '@app/contracts/policy/wall-clock';

/** Epoch milliseconds. */
type Instant = number;

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** No zone is further from UTC than this, to either side. */
const FURTHEST_BEHIND_MS = 13 * HOUR_MS;
const FURTHEST_AHEAD_MS = 15 * HOUR_MS;

/** A formatter takes some 50 µs to make and holds no state: one for each zone. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const digits = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const clock = new Intl.DateTimeFormat('en-US', {
    ...digits,
    second: 'numeric',
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    timeZone: zone,
  });
  clocks.set(zone, clock);
  return clock;
}

/** What the clocks of a zone show. @throws RangeError when there is no such zone */
export function wallTimeAt(zone: string, at: Instant): WallTime {
  const [month = 1, day = 1, year = 0, hour = 0, minute = 0, second = 0] = (
    clockOf(zone).format(at).match(/\d+/g) ?? []
  ).map(Number);
  const ms = ((at % 1000) + 1000) % 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

const offsetAt = (zone: string, at: Instant): number => wallTimeAt(zone, at) - at;

/** Which of two instants is meant when the clocks show a time twice. */
export type Occurrence = 'first' | 'last';

/**
 * The instant at which the clocks of a zone show this time. A time that they leave out is the first instant after the
 * gap; of a time that they show twice it is the asked one.
 */
export function instantOf(zone: string, shown: WallTime, occurrence: Occurrence): Instant {
  const [from, to] = [shown - FURTHEST_AHEAD_MS, shown + FURTHEST_BEHIND_MS];
  const [before, after] = [offsetAt(zone, from), offsetAt(zone, to)];
  // Clocks are not changed twice within the day around it, so it was shown under one of these offsets, or not at all.
  const found = [...new Set([shown - before, shown - after])].filter((at) => wallTimeAt(zone, at) === shown);
  if (found.length === 0) return changeBetween(zone, from, to);
  return occurrence === 'first' ? Math.min(...found) : Math.max(...found);
}

/** The first instant of the new offset. */
function changeBetween(zone: string, from: Instant, to: Instant): Instant {
  const before = offsetAt(zone, from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}
