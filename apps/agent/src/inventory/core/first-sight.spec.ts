import { firstSightOf, inOrder, RECORDED, reckoned } from './first-sight';

const member = {
  ...{ key: 'Secret/s', revision: 'k:B', replaced: 'k:A', contentVersion: '105' },
  changedAt: '2026-01-01T00:00:00Z',
};
const now = { members: [member], resourceVersion: '110', createdAt: '2025-01-01T00:00:00Z' };
const after = (firstSight = RECORDED): unknown => inOrder({ ...now, firstSight }, {}, 'k:absent');

describe('the order in which things happened', () => {
  it('is told by the version of a workload’s creation, though it was written to before it was looked at', () => {
    expect(after(firstSightOf('100', 'live'))).toEqual({ 'Secret/s': 'k:A' });
    expect(after(firstSightOf('106', 'live'))).toEqual({ 'Secret/s': 'k:B' });
  });

  it('is not known where the creation was not seen', () => {
    expect(after(firstSightOf('100', 'listed'))).toEqual({});
    expect(after(firstSightOf('100', 'admitted'))).toEqual({});
    expect(after()).toEqual({});
  });

  it('is told by times after a gap, once', () => {
    const relisted = firstSightOf('110', 'relisted');
    expect(after(relisted)).toEqual({ 'Secret/s': 'k:A' });
    expect(after(reckoned(relisted))).toEqual({});
  });
});
