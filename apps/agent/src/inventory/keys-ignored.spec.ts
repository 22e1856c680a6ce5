import type { KeyRule } from '@app/contracts/wire/hub-messages';
import { FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';

const APP = 'Deployment/shop/app';
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const USED = { ...AUTO, 'fleet-reloader.io/keys': 'used' };
const META: KeyRule = { policy: 'p', sources: null, workloads: null, ignoreKeys: ['meta.*'] };
const EVERY: KeyRule = { policy: 'every', sources: null, workloads: null, ignoreKeys: [] };

const variable = (key: string): object => ({ name: key, valueFrom: { configMapKeyRef: { name: 'cm', key } } });
const taking = (...keys: string[]): object => ({ containers: [{ name: 'main', env: keys.map(variable) }] });

function put(cluster: FakeCluster, data: Record<string, string>, metadata: Record<string, unknown> = {}): void {
  cluster.put('ConfigMap', 'cm', { data, metadata });
}

function putApp(cluster: FakeCluster, annotations: Record<string, string> = AUTO): void {
  const template = { spec: taking('a', 'meta.b') };
  cluster.put('Deployment', 'app', { metadata: { annotations }, spec: { template } });
  cluster.settle('app');
}

async function started(cluster: FakeCluster, rules: readonly KeyRule[] | null): Promise<TestAgent> {
  const agent = testAgent(cluster, new TestClock());
  agent.inventory.countBy(rules);
  agent.inventory.start();
  await agent.inventory.whenReady();
  await turn();
  return agent;
}

const pending = ({ inventory }: TestAgent): boolean => inventory.workload(APP)?.state === 'Pending';

async function shop(rules: readonly KeyRule[] | null, annotations = AUTO): Promise<[FakeCluster, TestAgent]> {
  const cluster = new FakeCluster();
  put(cluster, { a: '1', 'meta.b': '1' });
  putApp(cluster, annotations);
  return [cluster, await started(cluster, rules)];
}

async function again(cluster: FakeCluster, first: TestAgent, between: () => void): Promise<TestAgent> {
  await first.inventory.stop();
  cluster.disconnect();
  between();
  return started(cluster, null);
}

describe.each([
  ['all keys of the source', AUTO],
  ['the keys that are used', USED],
])('of %s, what a policy ignores', (_what, annotations) => {
  it.each([
    ['an ignored key changes', { a: '1', 'meta.b': '2' }, false],
    ['an ignored key goes', { a: '1' }, false],
    ['an ignored key appears', { a: '1', 'meta.b': '1', 'meta.c': '1' }, false],
    ['another key changes', { a: '2', 'meta.b': '1' }, true],
    ['another key goes', { 'meta.b': '1' }, true],
    ['both change', { a: '2', 'meta.b': '2' }, true],
  ])('%s', async (_title, data, isPending) => {
    const [cluster, agent] = await shop([META], annotations);
    put(cluster, data);
    expect(pending(agent)).toBe(isPending);
  });
});

it('another key that appears is a change', async () => {
  const [cluster, agent] = await shop([META]);
  put(cluster, { a: '1', 'meta.b': '1', c: '1' });
  expect(pending(agent)).toBe(true);
});

it('says which keys do not count', async () => {
  const [, agent] = await shop([META]);
  const { state, reason, message } = agent.inventory.workload(APP) ?? {};
  expect({ state, reason }).toEqual({ state: 'Current', reason: 'KeysIgnored' });
  expect(message).toContain('ConfigMap cm: meta.*');
});

describe('rules that come, change and go', () => {
  it('are no change', async () => {
    const [cluster, agent] = await shop([]);
    for (const rules of [[META], [{ ...META, ignoreKeys: ['a'] }], [], null, [META]]) {
      agent.inventory.countBy(rules);
      expect(pending(agent)).toBe(false);
    }
    put(cluster, { a: '1', 'meta.b': '2' });
    expect(pending(agent)).toBe(false);
  });

  it('do not forget what waits; they begin when it is through', async () => {
    const [cluster, agent] = await shop([]);
    put(cluster, { a: '2', 'meta.b': '2' });
    agent.inventory.countBy([META]);
    expect(pending(agent)).toBe(true);
    put(cluster, { a: '1', 'meta.b': '1' });
    expect(pending(agent)).toBe(false);
    put(cluster, { a: '1', 'meta.b': '3' });
    expect(pending(agent)).toBe(false);
    put(cluster, { a: '3', 'meta.b': '3' });
    expect(pending(agent)).toBe(true);
  });

  it('that go leave what waits by them', async () => {
    const [cluster, agent] = await shop([META]);
    put(cluster, { a: '2', 'meta.b': '1' });
    agent.inventory.countBy([]);
    expect(pending(agent)).toBe(true);
  });
});

describe('an agent that starts anew and has not heard of the rules', () => {
  it('finds nothing changed where an ignored key has', async () => {
    const [cluster, first] = await shop([META]);
    const second = await again(cluster, first, () => put(cluster, { a: '1', 'meta.b': '2' }));
    expect(pending(second)).toBe(false);
    second.inventory.countBy([META]);
    expect(pending(second)).toBe(false);
  });

  it('finds what changed beside them', async () => {
    const [cluster, first] = await shop([META]);
    const second = await again(cluster, first, () => put(cluster, { a: '2', 'meta.b': '2' }));
    expect(pending(second)).toBe(true);
    second.inventory.countBy([META]);
    expect(pending(second)).toBe(true);
  });
});

it('a source that goes and comes back is what it was, but for the ignored keys', async () => {
  const [cluster, agent] = await shop([{ ...META, sources: [ofTier('0')] }]);
  put(cluster, { a: '1', 'meta.b': '1' }, { labels: { tier: '0' } });
  cluster.remove('ConfigMap', 'cm');
  put(cluster, { a: '1', 'meta.b': '2' }, { labels: { tier: '0' } });
  expect(pending(agent)).toBe(false);
  cluster.remove('ConfigMap', 'cm');
  put(cluster, { a: '2', 'meta.b': '2' }, { labels: { tier: '0' } });
  expect(pending(agent)).toBe(true);
});

function ofTier(tier: string): NonNullable<KeyRule['sources']>[number] {
  return { kinds: null, namespaces: null, names: null, labels: [{ key: 'tier', op: 'in', values: [tier] }] };
}

it('a workload that is made as its source changes is still seen to be behind', async () => {
  const cluster = new FakeCluster();
  put(cluster, { a: '1', 'meta.b': '1' });
  const agent = await started(cluster, [META]);
  putApp(cluster);
  put(cluster, { a: '2', 'meta.b': '1' });
  expect(pending(agent)).toBe(true);
});

describe('the policy that counts', () => {
  const byAnnotation = (policy: string) => ({ annotations: { 'fleet-reloader.io/policy': policy } });

  it('is the first that matches', async () => {
    const [cluster, agent] = await shop([EVERY, META]);
    put(cluster, { a: '1', 'meta.b': '2' });
    expect(pending(agent)).toBe(true);
  });

  it('or the one that the source chooses', async () => {
    const [cluster, agent] = await shop([EVERY, META]);
    put(cluster, { a: '1', 'meta.b': '1' }, byAnnotation('p'));
    expect(agent.inventory.workload(APP)?.reason).toBe('KeysIgnored');
    put(cluster, { a: '1', 'meta.b': '2' }, byAnnotation('p'));
    expect(pending(agent)).toBe(false);
  });

  it('or the workload, before the source; but none that leaves it alone', async () => {
    const cluster = new FakeCluster();
    put(cluster, { a: '1', 'meta.b': '1' }, byAnnotation('every'));
    putApp(cluster, { ...AUTO, 'fleet-reloader.io/policy': 'p' });
    const agent = await started(cluster, [EVERY, META]);
    put(cluster, { a: '1', 'meta.b': '2' }, byAnnotation('every'));
    expect(pending(agent)).toBe(false);
    agent.inventory.countBy([EVERY, { ...META, workloads: { kinds: ['Job'], labels: null } }]);
    put(cluster, { a: '1', 'meta.b': '3' }, byAnnotation('every'));
    expect(pending(agent)).toBe(true);
  });
});
