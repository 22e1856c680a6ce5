/** What the clock on the wall shows, as the epoch milliseconds at which a clock in UTC shows the same. */
export type WallTime = number;

/** Minutes since midnight of `HH:MM`; undefined when it is not a time of day. */
export function parseMinute(text: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match ? Number(match[1]) * 60 + Number(match[2]) : undefined;
}

/** Reads `2027-01-04T06:00`, with or without seconds; undefined when it is no such date and time, or has an offset. */
export function parseWallTime(text: string): WallTime | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?$/.exec(text);
  if (!match) return undefined;
  const shown = `${match[1]}T${match[2]}${match[3] ?? ':00'}`;
  const at = Date.parse(`${shown}Z`);
  // A date that no calendar has (31 February) is refused, not read as a later one.
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(shown) ? at : undefined;
}
