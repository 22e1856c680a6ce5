import { laterId, RecentEvents, tailEntry } from './recent-events';

const event = (id: string) =>
  tailEntry({ id, at: '2026-01-01T00:00:00.000Z', type: 'T', rollout: null, cluster: null, reason: '', message: '' });
const idsAfter = (recent: RecentEvents, id: string): string[] | undefined =>
  recent.after(id)?.map(({ event: { id: each } }) => each);

describe('recent events', () => {
  it.each([
    ['9-0', '10-0', '10-0'],
    ['5-9', '5-10', '5-10'],
    ['5-18446744073709551614', '5-18446744073709551615', '5-18446744073709551615'],
    ['7-1', '7-1', '7-1'],
  ])('of %s and %s the later is %s', (one, other, later) => {
    expect([laterId(one, other), laterId(other, one)]).toEqual([later, later]);
  });

  it('are given from any id on that they reach back to', () => {
    const recent = new RecentEvents('2-0', 10);
    recent.add(['3-0', '3-1', '4-0'].map(event));
    expect(idsAfter(recent, '2-0')).toEqual(['3-0', '3-1', '4-0']);
    expect(idsAfter(recent, '3-0')).toEqual(['3-1', '4-0']);
    expect(idsAfter(recent, '9-0')).toEqual([]);
    expect(idsAfter(recent, '1-9')).toBeUndefined();
  });

  it('forget the oldest, and then say that they do not reach back to them', () => {
    const recent = new RecentEvents('0-0', 3);
    for (let at = 1; at <= 7; at += 1) recent.add([event(`${at}-0`)]);
    expect(recent.reach).toBe('4-0');
    expect(idsAfter(recent, '3-0')).toBeUndefined();
    expect(idsAfter(recent, '4-0')).toEqual(['5-0', '6-0', '7-0']);
  });
});
