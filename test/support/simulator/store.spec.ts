import { configMap } from './manifests';
import { CONFIG_MAPS, SECRETS } from './resources';
import { Store } from './store';

const put = (store: Store, name: string, value = 'v') => store.put(CONFIG_MAPS, configMap('shop', name, { k: value }));
const namesAt = (store: Store, version: number) =>
  store.listAt(CONFIG_MAPS, version).map((object) => [object.metadata.name, (object as { data?: unknown }).data]);

describe('Store', () => {
  it('counts one version for all resources and stamps it on every write', () => {
    const store = new Store();
    const first = put(store, 'a');
    const second = store.put(SECRETS, configMap('shop', 'a', {}));
    expect(Number(second.metadata.resourceVersion)).toBe(Number(first.metadata.resourceVersion) + 1);
    expect(store.version).toBe(Number(second.metadata.resourceVersion));
  });

  it('shows the past: additions, changes and deletions undone', () => {
    const store = new Store();
    put(store, 'a', '1');
    put(store, 'b', '1');
    const version = store.version;
    put(store, 'a', '2');
    store.remove(CONFIG_MAPS, 'shop', 'b');
    put(store, 'c');
    expect(namesAt(store, version)).toEqual([
      ['a', { k: '1' }],
      ['b', { k: '1' }],
    ]);
    expect(namesAt(store, store.version).map(([name]) => name)).toEqual(['a', 'c']);
  });

  it('gives a deletion its own version, and tells nobody of what did not exist', () => {
    const store = new Store();
    const seen: string[] = [];
    store.subscribe(({ type, object }) => seen.push(`${type} ${object.metadata.resourceVersion}`));
    put(store, 'a');
    store.remove(CONFIG_MAPS, 'shop', 'a');
    expect(store.remove(CONFIG_MAPS, 'shop', 'a')).toBeUndefined();
    expect(seen).toEqual(['ADDED 2', 'DELETED 3']);
  });

  it('answers 410 for what it has compacted, and goes on from there', () => {
    const store = new Store();
    put(store, 'a');
    const version = store.version;
    put(store, 'b');
    store.compact();
    expect(() => store.eventsSince(CONFIG_MAPS, version)).toThrow('too old resource version');
    expect(() => store.listAt(CONFIG_MAPS, version)).toThrow('too old');
    put(store, 'c');
    expect(store.eventsSince(CONFIG_MAPS, store.oldest).map(({ object }) => object.metadata.name)).toEqual(['c']);
  });

  it('forgets by itself what is long past', () => {
    const store = new Store();
    for (let index = 0; index < 5_000; index++) put(store, 'a', String(index));
    expect(store.oldest).toBeGreaterThan(1);
    expect(store.eventsSince(CONFIG_MAPS, store.oldest)).toHaveLength(store.version - store.oldest);
    expect(() => store.eventsSince(CONFIG_MAPS, 1)).toThrow('too old');
  });
});
