import { parsePolicy } from './parse';
import { parseRecurrence } from './recurrence';
import { zoneProblem } from './time-zones';

const policy = (...windows: object[]) =>
  parsePolicy({
    apiVersion: 'fleet-reloader.io/v1',
    kind: 'RolloutPolicy',
    metadata: { name: 'shop' },
    spec: { rollout: 'all', windows },
  });
const problems = (...windows: object[]) => {
  const parsed = policy(...windows);
  return parsed.ok ? [] : parsed.problems.map(({ pointer, code }) => `${pointer} ${code}`);
};
const NIGHTS = {
  name: 'nights',
  kind: 'allow',
  rrule: 'FREQ=WEEKLY;BYDAY=MO,TU',
  start: '22:00',
  end: '05:00',
  timezone: 'cluster',
};
const FREEZE = { name: 'freeze', kind: 'deny', from: '2026-12-18T00:00', to: '2027-01-04T06:00', timezone: 'UTC' };

it('reads windows that recur and windows that come once, with their defaults', () => {
  const parsed = policy({ ...NIGHTS, overrun: 'stopAtEnd', minRemaining: '20m' }, FREEZE);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.policy.windows).toEqual([
    {
      name: 'nights',
      kind: 'allow',
      period: { type: 'recurring', weekdays: [1, 2], startMinute: 1320, endMinute: 300, durationMs: null },
      zone: 'cluster',
      overrun: 'stopAtEnd',
      minRemainingMs: 1_200_000,
    },
    {
      name: 'freeze',
      kind: 'deny',
      period: { type: 'once', from: Date.UTC(2026, 11, 18), to: Date.UTC(2027, 0, 4, 6) },
      zone: 'UTC',
      overrun: 'finishInFlight',
      minRemainingMs: 0,
    },
  ]);
});

it('refuses every part that can not be read, all at once', () => {
  const broken = {
    name: 'N!',
    kind: 'maybe',
    rrule: 'FREQ=MONTHLY',
    start: '24:00',
    duration: '8d',
    timezone: '+02:00',
    overrun: 'kill',
    minRemaining: 'soon',
    colour: 'red',
  };
  const fields = ['colour', 'duration', 'kind', 'minRemaining', 'name', 'overrun', 'rrule', 'start', 'timezone'];
  const pointers = problems(broken).map((text) => text.split(' ')[0]);
  expect(pointers.sort()).toEqual(fields.map((field) => `/spec/windows/0/${field}`));
});

it.each<[string, Record<string, unknown>, string[]]>([
  ['nothing says when', { rrule: undefined, start: undefined, end: undefined }, [' REQUIRED']],
  ['a rule without a start', { start: undefined }, ['/start REQUIRED']],
  ['no end', { end: undefined }, ['/end REQUIRED']],
  ['an end and a duration', { duration: '1h' }, ['/duration EXCLUSIVE']],
  ['an end at the start', { end: '22:00' }, ['/end RANGE']],
  ['both forms', { from: '2026-12-18T00:00' }, ['/rrule EXCLUSIVE', '/start EXCLUSIVE', '/end EXCLUSIVE']],
])('refuses a window that recurs with %s', (_title, change, expected) => {
  expect(problems({ ...NIGHTS, ...change })).toEqual(expected.map((text) => `/spec/windows/0${text}`));
});

it.each<[string, Record<string, unknown>, string]>([
  ['no end', { to: undefined }, '/to REQUIRED'],
  ['no begin', { from: undefined }, '/from REQUIRED'],
  ['an end before its begin', { to: '2026-12-17T00:00' }, '/to RANGE'],
  ['a date that no calendar has', { to: '2027-02-30T00:00' }, '/to INVALID'],
  ['an offset of its own', { to: '2027-01-04T06:00+01:00' }, '/to INVALID'],
])('refuses a window that comes once with %s', (_title, change, expected) => {
  expect(problems({ ...FREEZE, ...change })).toEqual([`/spec/windows/0${expected}`]);
});

it('refuses a second window of the same name', () => {
  expect(problems(NIGHTS, { ...FREEZE, name: 'nights' })).toEqual(['/spec/windows/1/name DUPLICATE_NAME']);
});

it.each([
  ['FREQ=DAILY', [0, 1, 2, 3, 4, 5, 6]],
  ['freq=weekly;byday=fr,mo', [1, 5]],
  ['FREQ=DAILY;BYDAY=SA,SU;INTERVAL=1;WKST=MO', [0, 6]],
])('reads the days of %s', (text, weekdays) => {
  expect(parseRecurrence(text)).toEqual({ ok: true, weekdays });
});

it.each([
  ['FREQ=WEEKLY', 'BYDAY'],
  ['BYDAY=MO', 'FREQ'],
  ['FREQ=MONTHLY;BYDAY=MO', 'FREQ=MONTHLY'],
  ['FREQ=WEEKLY;BYDAY=1MO', '1MO'],
  ['FREQ=WEEKLY;BYDAY=MO;COUNT=3', 'COUNT'],
  ['FREQ=DAILY;UNTIL=20270101', 'UNTIL'],
  ['FREQ=DAILY;INTERVAL=2', 'INTERVAL'],
  ['FREQ=DAILY;BYHOUR=9', 'BYHOUR'],
  ['FREQ=DAILY;COLOUR=RED', 'COLOUR'],
  ['FREQ=DAILY;FREQ=WEEKLY', 'twice'],
  ['every day', 'NAME=VALUE'],
  ['', 'NAME=VALUE'],
])('refuses the rule "%s" and names what it can not do', (text, named) => {
  const read = parseRecurrence(text);
  expect(read.ok ? '' : read.detail).toContain(named);
});

it('takes zones whose clocks people live by, and no offset', () => {
  for (const name of ['Europe/Berlin', 'America/Argentina/Salta', 'UTC', 'Etc/UTC', 'CET'])
    expect(zoneProblem(name)).toBeNull();
  for (const name of ['+02:00', '-0500', 'UTC+2', 'GMT-3', 'Etc/GMT+5'])
    expect(zoneProblem(name)).toContain('fixed offset');
  for (const name of ['PST', 'EST', 'IST']) expect(zoneProblem(name)).toContain('abbreviation');
  for (const name of ['Mars/Base', '', 'Berlin', 'cluster']) expect(zoneProblem(name)).toContain('not an IANA');
});
