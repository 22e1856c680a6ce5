/** Days of the week, 0 for Sunday, in rising order. */
export type Weekdays = readonly number[];

const DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'] as const;
const ALL_DAYS: Weekdays = DAYS.map((_, day) => day);

/** Parts of RFC 5545 that say something a window can not be. */
const REFUSED: Readonly<Record<string, string>> = {
  COUNT: 'a window recurs without end',
  UNTIL: 'a window recurs without end',
  BYHOUR: 'start says when it opens',
  BYMINUTE: 'start says when it opens',
  BYSECOND: 'start says when it opens',
  BYMONTH: 'a window recurs every week',
  BYMONTHDAY: 'a window recurs every week',
  BYYEARDAY: 'a window recurs every week',
  BYWEEKNO: 'a window recurs every week',
  BYSETPOS: 'a window recurs every week',
};

export type Recurrence = Readonly<{ ok: true; weekdays: Weekdays } | { ok: false; detail: string }>;

const no = (detail: string): Recurrence => ({ ok: false, detail });

/** Reads the days on which a window starts: `FREQ=DAILY`, or `FREQ=WEEKLY` with `BYDAY`; whatever else is named in the refusal. */
export function parseRecurrence(text: string): Recurrence {
  const parts = text.toUpperCase().split(';');
  const pairs = parts.map((part) => /^([A-Z]+)=(\S+)$/.exec(part));
  const unread = parts.find((_, at) => pairs[at] === null);
  if (unread !== undefined) return no(`"${unread}" is not of the form NAME=VALUE`);
  const rule = new Map(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
  if (rule.size < parts.length) return no('says the same part twice');
  const foreign = [...rule].map(([name, value]) => foreignPart(name, value)).find((detail) => detail !== null);
  return foreign !== undefined ? no(foreign) : daysOf(rule);
}

function foreignPart(name: string, value: string): string | null {
  const why = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
  if (why !== undefined) return `${name} is not supported: ${why}; use from and to for a single period`;
  if (name === 'INTERVAL' && value !== '1') return 'INTERVAL is not supported: a window recurs every day or every week';
  return ['FREQ', 'BYDAY', 'INTERVAL', 'WKST'].includes(name) ? null : `${name} is not a part of a recurrence rule`;
}

function daysOf(rule: ReadonlyMap<string, string>): Recurrence {
  const frequency = rule.get('FREQ');
  if (frequency === undefined) return no('needs FREQ=DAILY or FREQ=WEEKLY');
  if (frequency !== 'DAILY' && frequency !== 'WEEKLY') {
    return no(`FREQ=${frequency} is not supported: use FREQ=DAILY, or FREQ=WEEKLY with BYDAY`);
  }
  const days = rule.get('BYDAY')?.split(',');
  if (days === undefined)
    return frequency === 'DAILY' ? { ok: true, weekdays: ALL_DAYS } : no('FREQ=WEEKLY needs BYDAY');
  const unknown = days.find((day) => !DAYS.some((each) => each === day));
  if (unknown !== undefined) return no(`BYDAY takes ${DAYS.join(', ')}, not ${unknown}`);
  return { ok: true, weekdays: ALL_DAYS.filter((day) => days.includes(DAYS[day] ?? '')) };
}
