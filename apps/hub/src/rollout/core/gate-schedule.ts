import type { GateTime } from '@app/contracts/policy/gate-time';
import { DAY_MS, instantOf, wallTimeAt } from '../../windows/core/zone';

/** Epoch milliseconds. */
type Instant = number;

const DAYS_AHEAD = 8;

/** The first such time from this instant on; a single one may lie in the past. Null: it never comes. */
export function nextTime(time: GateTime, zone: string, from: Instant): Instant | null {
  if (time.type === 'once') return instantOf(zone, time.at, 'first');
  const midnight = Math.floor(wallTimeAt(zone, from) / DAY_MS) * DAY_MS;
  for (let day = 0; day <= DAYS_AHEAD; day++) {
    const date = midnight + day * DAY_MS;
    if (!time.weekdays.includes(new Date(date).getUTCDay())) continue;
    const at = instantOf(zone, date + time.minute * 60_000, 'first');
    if (at >= from) return at;
  }
  return null;
}
