import { sourceFact, workloadFact } from '@app/contracts/wire/facts';
import { deployment } from '../testing/fake-cluster';
import { APP, AUTO, running, started } from '../testing/one-app';
import { testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import { recordAt } from './core/read';

describe('inventory', () => {
  it('protocol 15: first sight of a workload makes nothing pending', async () => {
    const { inventory } = await started(running());
    const fact = inventory.workload(APP);
    expect(fact).toMatchObject({ state: 'Current', proof: 'inferred', sources: [{ kind: 'Secret', name: 'db' }] });
    expect(fact?.want).toBe(fact?.have);
    expect(inventory.pendingCount()).toBe(0);
  });

  it('states facts that the wire takes', async () => {
    const { inventory } = await started(running());
    for (const fact of inventory.sources()) expect(sourceFact.parse(fact)).toEqual(fact);
    for (const fact of inventory.workloads()) expect(workloadFact.parse(fact)).toEqual(fact);
    expect([...inventory.sources()].map(({ name }) => name)).toEqual(['db']);
  });

  it('sees a change, names its cause, and sees it taken back', async () => {
    const cluster = running();
    const { inventory } = await started(cluster);
    const before = inventory.workload(APP);
    const digest = inventory.digest();
    cluster.secret('db', 'two');
    const changed = inventory.workload(APP);
    expect(changed).toMatchObject({ state: 'Pending', have: before?.have });
    expect(changed?.sources[0]?.haveRevision).toBe(before?.sources[0]?.revision);
    expect(inventory.pendingCount()).toBe(1);
    expect(inventory.digest()).not.toBe(digest);
    cluster.secret('db', 'one');
    await turn();
    expect(inventory.workload(APP)).toEqual(before);
  });

  it('tells beforehand of what a new pod template would not restart', async () => {
    const cluster = running();
    const { inventory } = await started(cluster);
    expect(inventory.workload(APP)?.still).toBeUndefined();
    const object = cluster.object('Deployment', 'app') ?? {};
    cluster.put('Deployment', 'app', { ...object, spec: { ...recordAt(object, 'spec'), paused: true } });
    expect(inventory.workload(APP)).toMatchObject({ state: 'Current', still: 'PausedWorkload' });
  });

  it('agent 100: finds a change that it heard of before the workload that was there first', async () => {
    const cluster = running();
    const { inventory } = await started(cluster);
    inventory.unwatch('Deployment');
    cluster.put('Deployment', 'late', deployment('db', AUTO));
    cluster.secret('db', 'two');
    cluster.put('Deployment', 'later', deployment('db', AUTO));
    inventory.watch('Deployment');
    expect(inventory.workload('Deployment/shop/late')?.state).toBe('Pending');
    expect(inventory.workload('Deployment/shop/later')?.state).toBe('Current');
  });

  it('agent 57: what changed while it was ignored makes nothing pending when it is not any more', async () => {
    const cluster = running();
    const ignored = { annotations: { 'reloader.stakater.com/ignore': 'true' } };
    const data = { value: 'dHdv' };
    cluster.put('Secret', 'other', { data: { value: 'b25l' }, metadata: ignored });
    cluster.put('Deployment', 'uses', deployment('other', AUTO));
    const { inventory } = await started(cluster);
    cluster.put('Secret', 'other', { data, metadata: ignored });
    expect(inventory.pendingCount()).toBe(0);
    cluster.put('Secret', 'other', { data, metadata: { annotations: {} } });
    expect(inventory.pendingCount()).toBe(0);
  });

  it('agent 51: a source that is matched by the write that changes it is a change', async () => {
    const cluster = running();
    cluster.put('Secret', 'other', { data: { value: 'b25l' } });
    cluster.put('Deployment', 'searches', deployment('other', { 'reloader.stakater.com/search': 'true' }));
    const { inventory } = await started(cluster);
    const metadata = { annotations: { 'reloader.stakater.com/match': 'true' } };
    cluster.put('Secret', 'other', { data: { value: 'dHdv' }, metadata });
    expect(inventory.pendingCount()).toBe(1);
  });

  it('agent 158: finds a change that was made while it was down', async () => {
    const cluster = running();
    const first = await started(cluster);
    await first.inventory.stop();
    cluster.disconnect();
    cluster.secret('db', 'two');
    const { inventory } = await started(cluster);
    expect(inventory.workload(APP)?.state).toBe('Pending');
  });

  it('protocol 16: another key makes nothing pending, and the next change does', async () => {
    const cluster = running();
    await (await started(cluster)).inventory.stop();
    cluster.disconnect();
    const { inventory } = await started(cluster, Buffer.alloc(32, 2));
    expect(inventory.pendingCount()).toBe(0);
    cluster.secret('db', 'two');
    expect(inventory.pendingCount()).toBe(1);
  });

  it('decides nothing until the recorded baselines are read, and says so', async () => {
    const cluster = running();
    cluster.storeFailure = new Error('no');
    const agent = testAgent(cluster, new TestClock());
    agent.inventory.start();
    await turn();
    expect(agent.inventory.ready()).toBe(false);
    expect([...agent.inventory.workloads()]).toEqual([]);
    expect(agent.told.trouble[0]).toContain('baselines could not be read');
    await agent.inventory.stop();
  });

  it.each([
    ['agent 5, rollouts 43: labels', { metadata: { labels: { a: 'b' } } }],
    ['rollouts 43: annotations', { metadata: { annotations: { a: 'b' } } }],
    ['rollouts 43: managed fields', { metadata: { managedFields: [{ manager: 'someone', operation: 'Update' }] } }],
    ['agent 13: type', { type: 'x' }],
    ['agent 13: nothing at all', {}],
  ])('%s of a source make nothing pending', async (_title, more) => {
    const cluster = running();
    const { inventory, told } = await started(cluster);
    cluster.put('Secret', 'db', { data: { value: Buffer.from('one').toString('base64') }, ...more });
    expect(inventory.pendingCount()).toBe(0);
    expect(told.noDataChange).toBe(1);
  });

  it('agent 16: a source of that name in another namespace makes nothing pending', async () => {
    const cluster = running();
    const { inventory } = await started(cluster);
    cluster.put('Secret', 'db', { data: { value: 'eA==' } }, 'elsewhere');
    expect(inventory.pendingCount()).toBe(0);
  });

  it.each([
    ['agent 6: not opted in', {}, 'NotOptedIn'],
    ['agent 7: opted out', { 'reloader.stakater.com/auto': 'false' }, 'NotOptedIn'],
    ['agent 42: opted in for the other kind', { 'configmap.reloader.stakater.com/auto': 'true' }, 'NothingReferenced'],
  ])('%s is ignored, with the reason', async (_title, annotations, reason) => {
    const cluster = running();
    cluster.put('Deployment', 'app', { ...cluster.object('Deployment', 'app'), metadata: { annotations } });
    const { inventory } = await started(cluster);
    expect(inventory.workload(APP)).toMatchObject({ state: 'Ignored', reason, want: null, sources: [] });
    expect([...inventory.sources()]).toEqual([]);
  });

  it('agent 150, 154: coming and going make nothing pending, coming back changed does', async () => {
    const cluster = running();
    cluster.put('Deployment', 'late', deployment('later', AUTO));
    cluster.settle('late');
    const { inventory } = await started(cluster);
    expect(inventory.source('Secret/shop/later')?.revision).toBeNull();
    cluster.secret('later', 'first');
    expect(inventory.pendingCount()).toBe(0);
    cluster.remove('Secret', 'later');
    expect(inventory.pendingCount()).toBe(0);
    cluster.secret('later', 'first');
    expect(inventory.pendingCount()).toBe(0);
    cluster.remove('Secret', 'later');
    cluster.secret('later', 'second');
    expect(inventory.workload('Deployment/shop/late')?.state).toBe('Pending');
  });

  it('agent 69: a pattern looks at sources that come later', async () => {
    const cluster = running();
    const named = { 'secret.reloader.stakater.com/reload': 'tls-.*' };
    cluster.put('Deployment', 'web', deployment('unused', named));
    cluster.settle('web');
    const { inventory } = await started(cluster);
    cluster.secret('tls-1', 'first');
    expect(inventory.pendingCount()).toBe(0);
    cluster.remove('Secret', 'tls-1');
    cluster.secret('tls-1', 'second');
    expect(inventory.workload('Deployment/shop/web')?.state).toBe('Pending');
  });

  it('agent 54: only the workload that searches reacts to a matched source', async () => {
    const cluster = running();
    cluster.put('Deployment', 'searching', deployment('db', { 'reloader.stakater.com/search': 'true' }));
    cluster.put('Deployment', 'other', deployment('db', {}));
    const { inventory } = await started(cluster);
    expect(inventory.workload('Deployment/shop/searching')?.reason).toBe('NothingReferenced');
    const metadata = { annotations: { 'reloader.stakater.com/match': 'true' } };
    cluster.put('Secret', 'db', { ...cluster.object('Secret', 'db'), metadata });
    expect(inventory.workload('Deployment/shop/searching')?.state).toBe('Current');
    cluster.put('Secret', 'db', { data: { value: 'eA==' }, metadata });
    expect(inventory.workload('Deployment/shop/searching')?.state).toBe('Pending');
    expect(inventory.workload('Deployment/shop/other')?.state).toBe('Ignored');
  });

  it('agent 74: tells of an annotation that it cannot read', async () => {
    const cluster = running();
    cluster.put('Deployment', 'odd', deployment('db', { 'secret.reloader.stakater.com/reload': '(' }));
    const { told } = await started(cluster);
    expect(told.misunderstood).toHaveLength(1);
  });

  it('forgets what a new listing does not show', async () => {
    const cluster = running();
    const { inventory } = await started(cluster);
    cluster.disconnect();
    cluster.remove('Deployment', 'app');
    const later = await started(cluster);
    expect(later.inventory.workload(APP)).toBeUndefined();
    expect([...later.inventory.sources()]).toEqual([]);
    expect([...later.baselines.keys()]).toEqual([]);
    expect(inventory.workload(APP)).toBeDefined();
  });

  it('announces what changed, once per turn', async () => {
    const cluster = running();
    const { inventory } = await started(cluster);
    const changes: unknown[] = [];
    inventory.onChange((change) => changes.push(change));
    cluster.secret('db', 'two');
    cluster.secret('db', 'three');
    await turn();
    expect(changes).toEqual([{ sources: ['Secret/shop/db'], workloads: [APP] }]);
  });
});
