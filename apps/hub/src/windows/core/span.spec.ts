import { parsePolicy } from '@app/contracts/policy/parse';
import { type Span, spanAfter, spanAt, type ZonedWindow } from './span';
import { wallTimeAt } from './zone';

const DAY = 86_400_000;

/** `allow FR 22:00-02:00 America/New_York`, `deny * 01:00+90m UTC`, `deny 2026-12-18T00:00/2027-01-04T06:00 Europe/Berlin`. */
function windowOf(text: string): ZonedWindow {
  const [kind, ...words] = text.split(' ');
  const zone = words.pop() ?? '';
  const [days = '', hours] = words;
  const [from, to] = days.split('/');
  const [, start, sign, end] = /^(.{5})([-+])(.+)$/.exec(hours ?? '') ?? [];
  const rrule = days === '*' ? 'FREQ=DAILY' : `FREQ=WEEKLY;BYDAY=${days}`;
  const when = hours === undefined ? { from, to } : { rrule, start, ...(sign === '-' ? { end } : { duration: end }) };
  const parsed = parsePolicy({
    apiVersion: 'fleet-reloader.io/v1',
    kind: 'RolloutPolicy',
    metadata: { name: 'p' },
    spec: { rollout: 'all', windows: [{ name: 'w', kind, timezone: zone, ...when }] },
  });
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.problems)}`);
  const [window] = parsed.policy.windows;
  if (window === undefined) throw new Error('no window');
  return window;
}

const utc = (text: string): number => Date.parse(`${text}:00Z`);
const text = (at: number | undefined): string => (at === undefined ? '-' : new Date(at).toISOString().slice(0, 16));

describe('openings, by rules that were computed apart from this program', () => {
  it.each<[string, string, string, string]>([
    [
      'rollouts 63: a window belongs to the day it starts on',
      'allow FR 22:00-02:00 America/New_York',
      '2027-06-04T12:00',
      '2027-06-05T02:00 2027-06-05T06:00',
    ],
    [
      'rollouts 64: half an hour left of a window over the gap',
      'allow * 01:30-02:30 America/New_York',
      '2027-03-14T06:00',
      '2027-03-14T06:30 2027-03-14T07:00',
    ],
    [
      'rollouts 64: no opening where both ends are in the gap',
      'allow * 02:15-02:45 America/New_York',
      '2027-03-14T00:00',
      '2027-03-15T06:15 2027-03-15T06:45',
    ],
    [
      'rollouts 65: allowed until the end is shown first',
      'allow * 01:00-01:45 America/New_York',
      '2027-11-07T00:00',
      '2027-11-07T05:00 2027-11-07T05:45',
    ],
    [
      'rollouts 65: denied until the end is shown last',
      'deny * 01:00-01:45 America/New_York',
      '2027-11-07T00:00',
      '2027-11-07T05:00 2027-11-07T06:45',
    ],
    [
      'two hours where the clocks are set back',
      'allow * 02:00-03:00 Europe/Berlin',
      '2027-10-30T12:00',
      '2027-10-31T00:00 2027-10-31T02:00',
    ],
    [
      'rollouts 66: a midnight that does not exist',
      'allow * 00:00-02:00 Africa/Cairo',
      '2027-04-29T12:00',
      '2027-04-29T22:00 2027-04-29T23:00',
    ],
    [
      'a duration is elapsed time',
      'allow * 01:30+1h America/New_York',
      '2027-03-14T06:00',
      '2027-03-14T06:30 2027-03-14T07:30',
    ],
    [
      'a duration over the hour that comes twice',
      'deny * 01:00+2h America/New_York',
      '2027-11-07T00:00',
      '2027-11-07T05:00 2027-11-07T07:00',
    ],
    [
      'a zone of half hours',
      'allow * 22:00-23:00 Asia/Kolkata',
      '2027-01-01T00:00',
      '2027-01-01T16:30 2027-01-01T17:30',
    ],
    [
      'a zone with half an hour of summer time',
      'allow * 01:45-03:00 Australia/Lord_Howe',
      '2027-04-03T00:00',
      '2027-04-03T14:45 2027-04-03T16:30',
    ],
    [
      'a period by the clocks of a zone',
      'deny 2026-12-18T00:00/2027-01-04T06:00 Europe/Berlin',
      '2026-01-01T00:00',
      '2026-12-17T23:00 2027-01-04T05:00',
    ],
    [
      'a period that ends in the hour that comes twice',
      'deny 2027-10-30T00:00/2027-10-31T02:30 Europe/Berlin',
      '2027-01-01T00:00',
      '2027-10-29T22:00 2027-10-31T01:30',
    ],
    [
      'a day that a zone left out',
      'allow FR,SA 10:00-12:00 Pacific/Apia',
      '2011-12-29T21:00',
      '2011-12-30T20:00 2011-12-30T22:00',
    ],
  ])('%s (%s)', (_title, window, after, expected) => {
    const span = spanAfter(windowOf(window), utc(after));
    expect(`${text(span?.start)} ${text(span?.end)}`).toBe(expected);
  });
});

it('rollouts 63: Friday 22:00 to 02:00 holds early on Saturday, and not at 02:00', () => {
  const window = windowOf('allow FR 22:00-02:00 America/New_York');
  expect(spanAt(window, utc('2027-06-05T05:30'))).not.toBeNull();
  expect(spanAt(window, utc('2027-06-05T06:00'))).toBeNull();
  expect(spanAt(window, utc('2027-06-05T01:59'))).toBeNull();
  expect(spanAt(window, utc('2027-06-04T05:30'))).toBeNull();
});

it('rollouts 64: the day that leaves the window out has no opening', () => {
  const window = windowOf('allow * 02:15-02:45 America/New_York');
  const day = Array.from({ length: 24 * 12 }, (_, n) => utc('2027-03-14T05:00') + n * 300_000);
  expect(day.filter((at) => spanAt(window, at) !== null)).toEqual([]);
});

it('rollouts 65: in the hour that comes twice an allow is over after the first time, a deny after the second', () => {
  const [allow, deny] = ['allow', 'deny'].map((kind) => windowOf(`${kind} * 01:00-01:45 America/New_York`));
  const at = ['04:59', '05:00', '05:44', '05:45', '06:00', '06:44', '06:45'].map((time) => utc(`2027-11-07T${time}`));
  const holds = (window: ZonedWindow | undefined): string =>
    at.map((each) => (window && spanAt(window, each) !== null ? 'x' : '-')).join('');
  expect([holds(allow), holds(deny)]).toEqual(['-xx----', '-xxxxx-']);
});

it('a period that is over comes no more', () => {
  const window = windowOf('deny 2026-12-18T00:00/2027-01-04T06:00 Europe/Berlin');
  expect(spanAfter(window, utc('2026-12-17T23:00'))).toBeNull();
  expect(spanAt(window, utc('2026-12-17T23:00'))).not.toBeNull();
  expect(spanAt(window, utc('2027-01-04T05:00'))).toBeNull();
});

it('a window of several days is open on all of them', () => {
  const window = windowOf('deny FR 18:00+60h UTC');
  expect(text(spanAt(window, utc('2027-01-04T05:59'))?.start)).toBe('2027-01-01T18:00');
  expect(spanAt(window, utc('2027-01-04T06:00'))).toBeNull();
});

it.each([
  ['a day', 'SA 23:30+24h', '2027-03-15T04:29', '2027-03-15T04:30'],
  ['nearly two days', 'SA 23:45+47h50m', '2027-03-16T04:34', '2027-03-16T04:35'],
])('a duration of %s, one of which lacks an hour, reaches into one day more', (_title, when, last, over) => {
  const window = windowOf(`allow ${when} America/New_York`);
  expect(spanAt(window, utc(last))).not.toBeNull();
  expect(spanAt(window, utc(over))).toBeNull();
});

/** What the clocks of a zone showed at every minute of some days, and the minutes at which they showed it. */
class Clocks {
  /** Long enough before the days that are asked for to hold every occurrence that reaches into them. */
  private readonly before = 4 * 1440;
  private readonly shown: readonly number[];
  private readonly places = new Map<number, number[]>();

  constructor(
    zone: string,
    readonly from: number,
    readonly minutes: number,
  ) {
    const first = from - this.before * 60_000;
    const all = this.before + minutes + 2880;
    this.shown = Array.from({ length: all }, (_, n) => wallTimeAt(zone, first + n * 60_000));
    this.shown.forEach((time, n) => this.places.set(time, [...(this.places.get(time) ?? []), n]));
  }

  /**
   * The minutes at which a window is open, by the rules once more in the slowest and plainest way: occurrences are found by
   * walking over the minutes, never by reckoning with offsets.
   */
  walk({ kind, period }: ZonedWindow): boolean[] {
    if (period.type === 'once') throw new Error('walks only what recurs');
    const open = this.shown.map(() => false);
    const days = new Set(this.shown.slice(1440, -1440).map((time) => Math.floor(time / DAY) * DAY));
    for (const midnight of days) {
      if (!period.weekdays.includes(new Date(midnight).getUTCDay())) continue;
      const start = this.placeOf(midnight + period.startMinute * 60_000, false);
      const nextDay = (period.endMinute ?? 0) <= period.startMinute ? DAY : 0;
      const end =
        period.endMinute === null
          ? start + (period.durationMs ?? 0) / 60_000
          : this.placeOf(midnight + period.endMinute * 60_000 + nextDay, kind === 'deny');
      if (start >= 0 && end >= 0) open.fill(true, start, Math.max(start, end));
    }
    return open.slice(this.before, this.before + this.minutes);
  }

  /** Where the clocks show a time, or the first minute at which they show a later one. */
  private placeOf(time: number, last: boolean): number {
    const found = this.places.get(time);
    if (found !== undefined) return (last ? found.at(-1) : found[0]) ?? 0;
    return this.shown.findIndex((is, n) => is > time && (this.shown[n - 1] ?? 0) < time);
  }
}

/** The same minutes as the product has them, from one span to the next. */
function spanned(window: ZonedWindow, from: number, minutes: number): boolean[] {
  const open = Array.from({ length: minutes }, () => false);
  const fill = ({ start, end }: Span): boolean[] =>
    open.fill(true, Math.max(0, (start - from) / 60_000), Math.max(0, (end - from) / 60_000));
  const now = spanAt(window, from);
  if (now !== null) fill(now);
  for (let next = spanAfter(window, from); next !== null; next = spanAfter(window, next.start)) {
    if (next.start >= from + minutes * 60_000) break;
    fill(next);
    for (const at of [next.start, next.end - 1]) expect(spanAt(window, at)?.end).toBeGreaterThanOrEqual(next.end);
  }
  return open;
}

describe('against a walk over every minute', () => {
  const hours = [
    '00:00-02:00',
    '01:30-02:30',
    '02:15-02:45',
    '01:00-01:45',
    '22:00-05:00',
    '23:30-00:30',
    '02:30-01:30',
  ].concat(['23:59-23:58', '00:30+1h', '01:45+26h']);
  it.each([
    ['America/New_York', '2027-03-14'],
    ['America/New_York', '2027-11-07'],
    ['Europe/Berlin', '2027-03-28'],
    ['Europe/Berlin', '2027-10-31'],
    ['Africa/Cairo', '2027-04-30'],
    ['Australia/Lord_Howe', '2027-10-03'],
    ['America/St_Johns', '2027-11-07'],
    ['Pacific/Chatham', '2027-04-04'],
    ['America/Santiago', '2027-09-05'],
    ['Africa/Casablanca', '2027-02-07'],
  ])('%s around %s', (zone, day) => {
    const from = utc(`${day}T00:00`) - 2 * DAY;
    const clocks = new Clocks(zone, from, 4 * 1440);
    const windows = ['allow', 'deny'].flatMap((kind) =>
      ['*', 'SU', 'SA,MO'].flatMap((days) => hours.map((time) => `${kind} ${days} ${time} ${zone}`)),
    );
    const wrong = windows.flatMap((given) => {
      const expected = clocks.walk(windowOf(given));
      const actual = spanned(windowOf(given), from, clocks.minutes);
      const minute = expected.findIndex((open, n) => open !== actual[n]);
      return minute < 0 ? [] : [`${given}: ${text(from + minute * 60_000)} open: ${expected[minute]}`];
    });
    expect(wrong).toEqual([]);
  });
});
