import { mostIn } from './windows';

describe('the most in any window', () => {
  it('counts windows that begin anywhere, without their ends', () => {
    expect(mostIn([0, 1, 2, 10, 11, 12, 13], 4)).toBe(4);
    expect(mostIn([0, 4, 8], 4)).toBe(1);
    expect(mostIn([], 4)).toBe(0);
  });
});
