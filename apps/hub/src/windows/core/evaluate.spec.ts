import { parsePolicy } from '@app/contracts/policy/parse';
import type { Urgency } from '@app/contracts/policy/urgency';
import { neverOpens, opensFrom, windowState } from './evaluate';
import { dependsOnUrgency, type WindowHere, windowsIn } from './windows-here';

const utc = (text: string): number => Date.parse(`${text}:00Z`);
const NIGHTS = { name: 'nights', kind: 'allow', rrule: 'FREQ=DAILY', start: '22:00', end: '05:00', timezone: 'UTC' };
const FREEZE = { name: 'freeze', kind: 'deny', from: '2026-12-18T00:00', to: '2027-01-04T06:00', timezone: 'UTC' };

function policy(name: string, ...windows: object[]) {
  const metadata = { name };
  const parsed = parsePolicy({
    ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata },
    spec: { rollout: 'all', windows },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

const here = (...windows: object[]): readonly WindowHere[] => windowsIn([policy('prod', ...windows)], {}, 'rotation');

/** `open until …`, or `closed until … then until …` with the reason. */
function told(windows: readonly WindowHere[], at: string): string {
  const state = windowState(windows, utc(at));
  const time = (instant: number | null): string =>
    instant === null ? '?' : new Date(instant).toISOString().slice(0, 16);
  if (state.open) return `open until ${time(state.nextClose)}`;
  return `closed until ${time(state.nextOpen)}, closes ${time(state.nextClose)}`;
}
function reason(windows: readonly WindowHere[], at: string): string {
  const state = windowState(windows, utc(at));
  return state.open ? '' : state.closedBecause;
}

describe('what the windows together say', () => {
  it('is open for ever without windows, and until a freeze begins with one', () => {
    expect(told([], '2027-01-01T00:00')).toBe('open until ?');
    expect(told(here(FREEZE), '2026-12-01T00:00')).toBe('open until 2026-12-18T00:00');
    expect(told(here(FREEZE), '2027-02-01T00:00')).toBe('open until ?');
  });

  it('rollouts 69: deny beats allow: what opens inside a freeze opens after it', () => {
    const both = here(NIGHTS, FREEZE);
    expect(told(both, '2026-12-17T23:00')).toBe('open until 2026-12-18T00:00');
    expect(told(both, '2026-12-20T23:00')).toBe('closed until 2027-01-04T22:00, closes 2027-01-05T05:00');
    expect(reason(both, '2026-12-20T23:00')).toBe('window freeze of policy prod denies until 2027-01-04T06:00:00.000Z');
    expect(reason(both, '2026-12-20T12:00')).toBe(
      'window freeze of policy prod denies until 2027-01-04T06:00:00.000Z; ' +
        'no window of policy prod is open: nights opens at 2026-12-20T22:00:00.000Z',
    );
  });

  it('is open while one allow window of a policy is, and through where the next one follows', () => {
    const mornings = { ...NIGHTS, name: 'mornings', start: '05:00', end: '07:00' };
    expect(told(here(NIGHTS, mornings), '2027-01-01T03:00')).toBe('open until 2027-01-01T07:00');
    expect(told(here(NIGHTS, mornings), '2027-01-01T08:00')).toBe(
      'closed until 2027-01-01T22:00, closes 2027-01-02T07:00',
    );
  });

  it('is open only where every policy that has allow windows is open', () => {
    const late = { ...NIGHTS, name: 'late', start: '04:00', end: '08:00' };
    const both = windowsIn([policy('a', NIGHTS), policy('b', late)], {}, 'rotation');
    expect(told(both, '2027-01-01T03:00')).toBe('closed until 2027-01-01T04:00, closes 2027-01-01T05:00');
    expect(told(both, '2027-01-01T04:30')).toBe('open until 2027-01-01T05:00');
    expect(told(both, '2027-01-01T06:00')).toBe('closed until 2027-01-02T04:00, closes 2027-01-02T05:00');
  });

  it('knows no opening where there is none', () => {
    const noon = { ...FREEZE, name: 'noon', kind: 'allow', from: '2027-01-01T12:00', to: '2027-01-01T13:00' };
    expect(told(here(noon), '2027-01-01T13:00')).toBe('closed until ?, closes ?');
    expect(reason(here(noon), '2027-01-01T13:00')).toBe('no window of policy prod is open: noon opens no more');
    const never = here(NIGHTS, { ...NIGHTS, name: 'lid', kind: 'deny', start: '21:00', end: '06:00' });
    expect(told(never, '2027-01-01T23:00')).toBe('closed until ?, closes ?');
  });

  it('tells of each allow window of a policy when it opens', () => {
    const noon = { ...FREEZE, name: 'noon', kind: 'allow', from: '2027-01-01T12:00', to: '2027-01-01T13:00' };
    expect(reason(here(NIGHTS, noon), '2027-01-01T14:00')).toBe(
      'no window of policy prod is open: nights opens at 2027-01-01T22:00:00.000Z, noon opens no more',
    );
  });

  it('knows no opening that is more than 400 days away', () => {
    const until = (to: string) => told(here({ ...FREEZE, to }), '2026-12-20T00:00');
    expect(until('2028-01-24T00:00')).toBe('closed until 2028-01-24T00:00, closes ?');
    expect(until('2028-01-25T00:00')).toBe('closed until ?, closes ?');
  });

  it('lets something start at once where it is open, else at the next opening', () => {
    const from = (text: string) => opensFrom(here(NIGHTS), utc(text));
    expect(from('2027-01-01T23:00')).toBe(utc('2027-01-01T23:00'));
    expect(from('2027-01-01T12:00')).toBe(utc('2027-01-01T22:00'));
  });

  it('is open without end where windows follow each other without a gap', () => {
    expect(told(here({ ...NIGHTS, end: undefined, duration: '24h' }), '2027-01-01T23:00')).toBe('open until ?');
  });
});

describe('windows that count for some', () => {
  const SOME = { ...NIGHTS, appliesTo: ['renewal', 'rotation'] };
  const QUICK = { ...NIGHTS, name: 'quick', start: '12:00', end: '13:00', appliesTo: ['revocation'] };
  const under = (urgency: Urgency, ...windows: object[]) => windowsIn([policy('prod', ...windows)], {}, urgency);

  it.each<[Urgency, object[], string]>([
    ['renewal', [SOME], 'closed until 2027-01-01T22:00, closes 2027-01-02T05:00'],
    ['rotation', [SOME], 'closed until 2027-01-01T22:00, closes 2027-01-02T05:00'],
    ['revocation', [SOME], 'open until ?'],
    ['revocation', [SOME, QUICK], 'open until 2027-01-01T13:00'],
    ['rotation', [SOME, QUICK], 'closed until 2027-01-01T22:00, closes 2027-01-02T05:00'],
    ['revocation', [SOME, NIGHTS], 'closed until 2027-01-01T22:00, closes 2027-01-02T05:00'],
    ['revocation', [SOME, FREEZE], 'closed until 2027-01-04T06:00, closes ?'],
  ])('for %s, %j are %s', (urgency, windows, expected) => {
    const named = windows.map((window, n) => ({ ...window, name: `w${n}` }));
    expect(told(under(urgency, ...named), '2027-01-01T12:00')).toBe(expected);
  });

  it('say whom they keep waiting, where they would not keep others', () => {
    const at = '2027-01-01T12:00';
    expect(reason(under('rotation', SOME, QUICK), at)).toBe(
      'no window of policy prod is open for urgency rotation: nights opens at 2027-01-01T22:00:00.000Z',
    );
    expect(reason(under('rotation', NIGHTS), at)).toBe(
      'no window of policy prod is open: nights opens at 2027-01-01T22:00:00.000Z',
    );
  });

  it('make what their policy lets start hang on the urgency', () => {
    expect(
      [[SOME, QUICK], [SOME, { ...NIGHTS, name: 'all' }], [NIGHTS], []].map((windows) =>
        dependsOnUrgency(policy('prod', ...windows)),
      ),
    ).toEqual([true, true, false, false]);
  });

  it('count policy by policy', () => {
    const policies = [policy('a', SOME), policy('b', { ...NIGHTS, start: '09:00', end: '17:00' })];
    expect(told(windowsIn(policies, {}, 'revocation'), '2027-01-01T12:00')).toBe('open until 2027-01-01T17:00');
  });
});

describe('rollouts 68: time that has to be left', () => {
  const wanting = here({ ...NIGHTS, minRemaining: '20m' });

  it('starts nothing where the window closes sooner, and something again in the next one', () => {
    expect(told(wanting, '2027-01-01T04:40')).toBe('open until 2027-01-01T05:00');
    expect(told(wanting, '2027-01-01T04:50')).toBe('closed until 2027-01-01T22:00, closes 2027-01-01T05:00');
    expect(reason(wanting, '2027-01-01T04:50')).toBe(
      'it closes at 2027-01-01T05:00:00.000Z, and window nights of policy prod wants 20 min left to start something',
    );
  });

  it('counts to the millisecond', () => {
    const last = utc('2027-01-01T04:40');
    expect([last, last + 1].map((at) => windowState(wanting, at).open)).toEqual([true, false]);
  });

  it('lets what has begun go on', () => {
    expect(
      windowState(here({ ...NIGHTS, minRemaining: '20m', overrun: 'stopAtEnd' }), utc('2027-01-01T04:50')),
    ).toMatchObject({
      open: false,
      stopsInFlight: false,
    });
  });

  it('counts to a freeze that comes before the end, too', () => {
    const both = here({ ...NIGHTS, minRemaining: '20m' }, { ...FREEZE, from: '2027-01-01T01:00' });
    expect(told(both, '2027-01-01T00:41')).toBe('closed until 2027-01-04T22:00, closes 2027-01-01T01:00');
    const wary = here({ ...FREEZE, minRemaining: '2h' });
    expect(told(wary, '2026-12-17T22:00')).toBe('open until 2026-12-18T00:00');
    expect(told(wary, '2026-12-17T22:01')).toBe('closed until 2027-01-04T06:00, closes 2026-12-18T00:00');
  });

  it('passes over openings that are too short', () => {
    const short = here(
      { ...NIGHTS, start: '22:00', end: '22:30', minRemaining: '1h' },
      { ...NIGHTS, name: 'week', rrule: 'FREQ=WEEKLY;BYDAY=SA', start: '10:00', end: '16:00' },
    );
    expect(told(short, '2027-01-01T12:00')).toBe('closed until 2027-01-02T10:00, closes 2027-01-02T16:00');
  });
});

it('tells whether what has begun has to stop: only where a window that is closed says so', () => {
  const stop = { overrun: 'stopAtEnd' };
  const stops = (windows: readonly WindowHere[], at: string) => windowState(windows, utc(at));
  expect(stops(here(NIGHTS), '2027-01-01T12:00')).toMatchObject({ stopsInFlight: false });
  expect(stops(here({ ...NIGHTS, ...stop }), '2027-01-01T12:00')).toMatchObject({ stopsInFlight: true });
  expect(stops(here({ ...NIGHTS, ...stop }, FREEZE), '2027-01-01T00:00')).toMatchObject({ stopsInFlight: false });
  expect(stops(here(NIGHTS, { ...FREEZE, ...stop }), '2027-01-01T00:00')).toMatchObject({ stopsInFlight: true });
  expect(stops(here(NIGHTS, { ...FREEZE, ...stop }), '2027-01-01T12:00')).toMatchObject({ stopsInFlight: true });
  const noons = { ...NIGHTS, name: 'noons', start: '12:00', end: '13:00' };
  expect(stops(here({ ...NIGHTS, ...stop }, noons), '2027-01-01T14:00')).toMatchObject({ stopsInFlight: true });
  expect(stops(here({ ...NIGHTS, ...stop }), '2027-01-01T00:00')).toMatchObject({ stopAt: utc('2027-01-01T05:00') });
  expect(stops(here(NIGHTS), '2027-01-01T00:00')).toMatchObject({ stopAt: null });
  const either = here({ ...NIGHTS, ...stop }, { ...FREEZE, from: '2027-01-01T05:00' });
  expect(stops(either, '2027-01-01T00:00')).toMatchObject({ stopAt: utc('2027-01-01T05:00') });
});

describe('rollouts 67: windows by the clocks of each cluster', () => {
  const local = policy('prod', { ...NIGHTS, timezone: 'cluster' });
  const inZone = (labels: Record<string, string>) => told(windowsIn([local], labels, 'rotation'), '2027-01-01T12:00');

  it('open at the time of the label timezone, and of UTC without it', () => {
    expect(inZone({ timezone: 'Europe/Berlin' })).toBe('closed until 2027-01-01T21:00, closes 2027-01-02T04:00');
    expect(inZone({ timezone: 'Asia/Kolkata' })).toBe('closed until 2027-01-01T16:30, closes 2027-01-01T23:30');
    expect(inZone({})).toBe('closed until 2027-01-01T22:00, closes 2027-01-02T05:00');
  });

  it('are closed where the label names no zone: an allow as well as a deny', () => {
    for (const kind of ['allow', 'deny']) {
      const windows = windowsIn(
        [policy('prod', { ...NIGHTS, kind, timezone: 'cluster' })],
        { timezone: '+02:00' },
        'rotation',
      );
      expect(told(windows, '2027-01-01T23:00')).toBe('closed until ?, closes ?');
      expect(reason(windows, '2027-01-01T23:00')).toContain(
        'the label timezone of the cluster, "+02:00", is a fixed offset',
      );
    }
  });

  it('do not matter when another window of the policy is open', () => {
    const fixed = { ...NIGHTS, name: 'fixed' };
    const windows = windowsIn(
      [policy('prod', { ...NIGHTS, timezone: 'cluster' }, fixed)],
      { timezone: 'Mars/Base' },
      'rotation',
    );
    expect(told(windows, '2027-01-01T23:00')).toBe('open until 2027-01-02T05:00');
  });
});

describe('rollouts 69: windows that never open', () => {
  const at = utc('2027-01-01T12:00');
  it.each<[string, object[], boolean]>([
    ['none', [], false],
    ['every night', [NIGHTS], false],
    ['a freeze of two weeks', [{ ...FREEZE, to: '2027-01-14T00:00' }], false],
    ['a freeze of 90 days', [{ ...FREEZE, to: '2027-04-01T12:00' }], false],
    ['a freeze of more than 90 days', [{ ...FREEZE, to: '2027-04-01T12:01' }], true],
    ['a time that is over', [{ ...FREEZE, kind: 'allow', to: '2027-01-01T00:00' }], true],
    ['nights under a lid', [NIGHTS, { ...NIGHTS, name: 'lid', kind: 'deny', start: '21:00', end: '06:00' }], true],
    ['more time left than there is', [{ ...NIGHTS, minRemaining: '8h' }], true],
  ])('%s', (_title, windows, never) => {
    expect(neverOpens(here(...windows), at)).toBe(never);
  });
});

it('is found out anew at each boundary, and gives the same at every minute as if nothing was remembered', () => {
  const spec = [
    { ...NIGHTS, minRemaining: '20m' },
    { ...NIGHTS, name: 'noon', start: '12:00', end: '13:00' },
    { ...FREEZE, from: '2027-01-02T02:00', minRemaining: '1h' },
  ];
  const remembering = here(...spec);
  for (let minute = -1; minute < 2 * 1440; minute += 5) {
    const at = utc('2027-01-01T00:00') + minute * 60_000;
    expect(windowState(remembering, at)).toEqual(windowState(here(...spec), at));
  }
  // Time that goes back does not find what was true later.
  expect(windowState(remembering, utc('2027-01-01T12:30')).open).toBe(true);
});
