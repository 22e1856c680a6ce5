import { OFFLINE_AFTER_MS } from '../../apps/hub/src/fleet/core/cluster-record';
import { PresenceStore } from '../../apps/hub/src/fleet/registry-presence';
import { Keys } from '../../apps/hub/src/platform/keys';
import { SharedStore } from './shared-store';

/** Who holds a cluster's connection, when replicas come, go and die. */
describe('presence', () => {
  const shared = SharedStore.forAllTests();
  let ahead = 0;
  let store: PresenceStore;

  beforeAll(() => {
    store = new PresenceStore(shared.redis, new Keys(shared.anew()), { now: () => Date.now() + ahead });
  });
  beforeEach(() => {
    ahead = 0;
  });

  it('numbers the sessions of a cluster and names the replica that loses one', async () => {
    const first = await store.open({ cluster: 'a', session: 's1' }, 'replica-1');
    const second = await store.open({ cluster: 'a', session: 's2' }, 'replica-2');
    expect([first.replaced, second.replaced]).toEqual([null, 'replica-1']);
    expect(second.sessionEpoch).toBe(first.sessionEpoch + 1);
    expect(await store.close({ cluster: 'a', session: 's1' })).toBe(false);
    expect(await store.get('a')).toMatchObject({ connection: 'online', session: 's2', replica: 'replica-2' });
    expect(await store.close({ cluster: 'a', session: 's2' })).toBe(true);
    expect(await store.close({ cluster: 'a', session: 's2' })).toBe(false);
    expect(await store.get('a')).toMatchObject({ connection: 'offline' });
  });

  it('keeps when an agent was last heard, for its current session only', async () => {
    await store.open({ cluster: 'b', session: 's1' }, 'replica-1');
    await store.open({ cluster: 'b', session: 's2' }, 'replica-1');
    const lastSeen = Date.now() + 5_000;
    const touched = ['s1', 's2'].map((session) => ({ cluster: 'b', session, lastSeen }));
    expect([...(await store.touch([...touched, { cluster: 'nobody', session: 's3', lastSeen }]))]).toEqual([
      's1',
      's3',
    ]);
    expect((await store.get('b'))?.lastSeen).toBe(lastSeen);
  });

  it('ends sessions that nobody vouched for, once, and leaves the others', async () => {
    await store.open({ cluster: 'c', session: 's1' }, 'dead');
    ahead = OFFLINE_AFTER_MS / 2;
    await store.open({ cluster: 'd', session: 's2' }, 'alive');
    await store.touch([{ cluster: 'd', session: 's2', lastSeen: Date.now() + ahead }]);
    expect(await store.closeOrphans()).toEqual([]);
    ahead = OFFLINE_AFTER_MS + 5_000;
    const found = await Promise.all([store.closeOrphans(), store.closeOrphans()]);
    expect(found.flat().filter(({ cluster }) => ['c', 'd'].includes(cluster))).toMatchObject([
      { cluster: 'c', session: 's1' },
    ]);
    const left = await store.get('c');
    expect(left).toMatchObject({ connection: 'offline' });
    expect(left?.since).toBe(left?.lastSeen);
    expect(await store.get('d')).toMatchObject({ connection: 'online' });
  });
});
