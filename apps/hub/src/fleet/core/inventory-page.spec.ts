import { parseSelector } from '@app/contracts/selector';
import { clustersFrom, cursorOf, type InventoryFilter, matchesFilter, positionOf } from './inventory-page';

const ALL: InventoryFilter = {
  ...{ cluster: null, namespace: null, kind: null, name: null, state: null },
  ...{ labels: null, visible: null },
};
const fact = { kind: 'Deployment', namespace: 'shop', name: 'web', state: 'Pending', labels: { tier: '0' } };

describe('a list of the inventory', () => {
  it.each<[Partial<InventoryFilter>, boolean]>([
    [{}, true],
    [{ namespace: 'shop', kind: 'Deployment', name: 'web', state: 'Pending' }, true],
    [{ namespace: 'bank' }, false],
    [{ kind: 'Secret' }, false],
    [{ name: 'api' }, false],
    [{ state: 'Failed' }, false],
    [{ labels: parseSelector('tier=0') }, true],
    [{ labels: parseSelector('tier=1') }, false],
  ])('narrowed to %j: %s', (filter, expected) => {
    expect(matchesFilter({ ...ALL, ...filter }, fact)).toBe(expected);
  });

  it('goes on in the cluster in which a page ended, and sees only clusters that are asked for and may be seen', () => {
    const clusters = ['c3', 'c1', 'c2'];
    const from = (filter: Partial<InventoryFilter>, cluster?: string) =>
      clustersFrom(clusters, { ...ALL, ...filter }, cluster === undefined ? null : { cluster, key: '' });
    expect(from({})).toEqual(['c1', 'c2', 'c3']);
    expect(from({}, 'c2')).toEqual(['c2', 'c3']);
    expect(from({ cluster: 'c2' })).toEqual(['c2']);
    expect(from({ visible: (name) => name !== 'c1' })).toEqual(['c2', 'c3']);
  });
});

describe('a cursor', () => {
  it('is read as it was written', () => {
    const position = { cluster: 'c1', key: 'Secret/shop/db' };
    expect(positionOf(cursorOf(position))).toEqual(position);
    expect(positionOf(null)).toBeNull();
  });

  it('that nobody of us wrote is a place in the list like any other', () => {
    expect(positionOf('c1')).toEqual({ cluster: 'c1', key: '' });
    expect(positionOf(' x y')).toEqual({ cluster: '', key: 'x y' });
  });
});
