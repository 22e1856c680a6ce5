import { type GateTime, parseGateTime } from './gate-time';

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const recurring = (weekdays: readonly number[], minute: number): GateTime => ({ type: 'recurring', weekdays, minute });

it.each<[string, GateTime | undefined]>([
  ['02:00', recurring(EVERY_DAY, 120)],
  ['23:59', recurring(EVERY_DAY, 1439)],
  ['Tue 02:00', recurring([2], 120)],
  ['fri,Wed,MON 00:30', recurring([1, 3, 5], 30)],
  ['Sun,Mon,Tue,Wed,Thu,Fri,Sat  06:15', recurring(EVERY_DAY, 375)],
  ['2027-01-04T06:00', { type: 'once', at: Date.UTC(2027, 0, 4, 6) }],
  ['2027-01-04T06:00:30', { type: 'once', at: Date.UTC(2027, 0, 4, 6, 0, 30) }],
  ['2027-02-31T06:00', undefined],
  ['2027-01-04T06:00Z', undefined],
  ['24:00', undefined],
  ['2:00', undefined],
  ['Tuesday 02:00', undefined],
  ['Tue, 02:00', undefined],
  ['Tue Wed 02:00', undefined],
  ['Tue', undefined],
  ['', undefined],
])('the time of a gate, %j', (text, expected) => {
  expect(parseGateTime(text)).toEqual(expected);
});
