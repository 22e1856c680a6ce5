import { parseMinute, parseWallTime, type WallTime } from './wall-clock';

/** When a gate opens the way by itself, by the clock of its zone. */
export type GateTime = Readonly<
  | {
      type: 'recurring';
      /** 0 is Sunday. */
      weekdays: readonly number[];
      /** Minutes since midnight. */
      minute: number;
    }
  | { type: 'once'; at: WallTime }
>;

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const EVERY_DAY = DAYS.map((_, day) => day);

/** Reads `02:00`, `Tue 02:00`, `Mon,Wed 02:00` or `2027-01-04T06:00`; undefined when it is none of these. */
export function parseGateTime(text: string): GateTime | undefined {
  const once = parseWallTime(text);
  if (once !== undefined) return { type: 'once', at: once };
  const [first = '', second, ...more] = text.trim().split(/\s+/);
  if (more.length > 0) return undefined;
  const minute = parseMinute(second ?? first);
  const weekdays = second === undefined ? EVERY_DAY : weekdaysOf(first);
  return minute === undefined || weekdays === undefined ? undefined : { type: 'recurring', weekdays, minute };
}

function weekdaysOf(text: string): readonly number[] | undefined {
  const days = text
    .toLowerCase()
    .split(',')
    .map((name) => DAYS.findIndex((day) => day === name));
  return days.includes(-1) ? undefined : EVERY_DAY.filter((day) => days.includes(day));
}
