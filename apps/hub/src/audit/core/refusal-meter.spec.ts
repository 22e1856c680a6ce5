import { RefusalMeter } from './refusal-meter';

it('a flood of refusals leaves a few entries per second, which tell how many are missing', () => {
  const meter = new RefusalMeter();
  const first = Array.from({ length: 1000 }, () => meter.admit(5000));
  expect(first.filter((admitted) => admitted !== undefined)).toHaveLength(5);
  expect(meter.admit(6000)).toEqual({ leftOut: 995 });
  expect(meter.admit(6001)).toEqual({ leftOut: 0 });
});

it('counts by the seconds of the clock', () => {
  const meter = new RefusalMeter();
  const admitted = (at: number, times: number) =>
    Array.from({ length: times }, () => meter.admit(at)).filter((each) => each !== undefined).length;
  expect([admitted(5001, 3), admitted(5999, 3), admitted(6000, 3), admitted(6002, 3)]).toEqual([3, 2, 3, 2]);
});
