import { LineageReserve } from './lineage-reserve';

describe('a reserved place in the order of rollouts', () => {
  it('is given once', () => {
    const reserve = new LineageReserve();
    reserve.keep(7, 0);
    expect(reserve.take(0, 1)).toBe(7);
    expect(reserve.take(0, 1)).toBeUndefined();
  });

  it('is not given when others may have been ahead of it', () => {
    const reserve = new LineageReserve();
    reserve.keep(7, 0);
    expect(reserve.take(0, 251)).toBeUndefined();
    reserve.keep(7, 0);
    expect(reserve.take(7, 1)).toBeUndefined();
    reserve.keep(7, 0);
    reserve.used(8);
    expect(reserve.take(0, 1)).toBeUndefined();
    reserve.keep(9, 0);
    expect(reserve.take(8, 1)).toBe(9);
  });
});
