import { Agreement } from './agreement';

describe('comparing digests', () => {
  it('asks for everything after two differences in a row, and not after one', () => {
    const agreement = new Agreement();
    const due = Array.from({ length: 10 }, () => agreement.due());
    expect(due).toEqual([...Array<boolean>(9).fill(false), true]);
    expect(agreement.compared(false)).toBe(false);
    expect(agreement.due()).toBe(true);
    expect(agreement.compared(true)).toBe(false);
    expect(agreement.due()).toBe(false);
    expect(agreement.compared(false)).toBe(false);
    expect(agreement.compared(false)).toBe(true);
    expect(agreement.compared(false)).toBe(false);
  });
});
