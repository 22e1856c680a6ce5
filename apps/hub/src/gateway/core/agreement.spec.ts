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

  it('compares the next heartbeat when the store is in doubt, and asks for everything after one difference', () => {
    const agreement = new Agreement();
    agreement.doubt();
    expect(agreement.due()).toBe(true);
    expect(agreement.compared(false)).toBe(true);
    expect(agreement.due()).toBe(false);
    agreement.doubt();
    expect(agreement.compared(true)).toBe(false);
    expect(agreement.due()).toBe(false);
  });
});
