import { FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import type { Triggers } from './core/absence';

const APP = 'Deployment/shop/app';
const NAMED = { 'configmap.reloader.stakater.com/reload': 'cm' };
const PATTERN = { 'configmap.reloader.stakater.com/reload': 'cm-.*' };
const SEARCH = { 'reloader.stakater.com/search': 'true' };
const MATCH = { metadata: { annotations: { 'reloader.stakater.com/match': 'true' } } };
const ON_CREATE: Triggers = { onCreate: true, onDelete: false };
const ON_DELETE: Triggers = { onCreate: false, onDelete: true };
const BOTH: Triggers = { onCreate: true, onDelete: true };
const NEITHER: Triggers = { onCreate: false, onDelete: false };

class Shop extends FakeCluster {
  constructor(annotations: Record<string, string>, references: readonly string[] = []) {
    super();
    const envFrom = references.map((name) => ({ configMapRef: { name } }));
    this.put('Deployment', 'app', {
      metadata: { annotations },
      spec: { template: { spec: { containers: [{ name: 'main', envFrom }] } } },
    });
    this.settle('app');
  }

  configMap(name: string, value: string, more: Parameters<FakeCluster['put']>[2] = {}): void {
    this.put('ConfigMap', name, { ...more, data: { key: value } });
  }
}

async function started(cluster: FakeCluster, triggers: Triggers): Promise<TestAgent> {
  const agent = testAgent(cluster, new TestClock(), undefined, { triggers });
  agent.inventory.start();
  await agent.inventory.whenReady();
  await turn();
  return agent;
}

/** Ends this agent and starts another one after something happened that nobody saw. */
async function restarted(
  cluster: FakeCluster,
  { inventory }: TestAgent,
  triggers: Triggers,
  happens: () => void = () => undefined,
): Promise<TestAgent> {
  await inventory.stop();
  cluster.disconnect();
  happens();
  return started(cluster, triggers);
}

/** What happens to the sources, seen by a living agent or found by the next one. */
type Way = 'live' | 'while down';
async function after(cluster: Shop, triggers: Triggers, way: Way, happens: () => void): Promise<TestAgent> {
  const agent = await started(cluster, triggers);
  if (way === 'live') {
    happens();
    return agent;
  }
  return restarted(cluster, agent, triggers, happens);
}

const pending = ({ inventory }: TestAgent): boolean => inventory.workload(APP)?.state === 'Pending';

function settle(cluster: Shop, { inventory }: TestAgent): void {
  const { wanted = {} } = inventory.look(APP)?.reckoning ?? {};
  inventory.settle(APP, cluster.object('Deployment', 'app')?.metadata.uid ?? '', wanted);
}

describe.each(['live', 'while down'] as const)('sources that come and go, %s', (way) => {
  it.each([
    ['agent 148: named', NAMED, [], ['cm', {}]],
    ['agent 148: named by a pattern', PATTERN, [], ['cm-7', {}]],
    ['agent 148: referenced, auto', { 'reloader.stakater.com/auto': 'true' }, ['cm'], ['cm', {}]],
    ['agent 148: searched for, and a match', SEARCH, ['cm'], ['cm', MATCH]],
  ] as const)(
    '%s: its appearance is a change on request, once',
    async (_title, annotations, references, [name, more]) => {
      const cluster = new Shop(annotations, references);
      const agent = await after(cluster, ON_CREATE, way, () => cluster.configMap(name, 'first', more));
      expect(pending(agent)).toBe(true);
      settle(cluster, agent);
      expect(pending(agent)).toBe(false);
      const next = await restarted(cluster, agent, ON_CREATE);
      expect(pending(next)).toBe(false);
    },
  );

  it.each([
    ['agent 150: nobody asked', NAMED, NEITHER, ['cm', {}]],
    ['agent 150: asked for deletions only', NAMED, ON_DELETE, ['cm', {}]],
    ['it is no match', SEARCH, ON_CREATE, ['cm', {}]],
    ['it is ignored', NAMED, BOTH, ['cm', { metadata: { annotations: { 'reloader.stakater.com/ignore': 'true' } } }]],
    ['it is another one', NAMED, BOTH, ['other', {}]],
  ] as const)('%s: its appearance is none', async (_title, annotations, triggers, [name, more]) => {
    const cluster = new Shop(annotations, ['cm']);
    const agent = await after(cluster, triggers, way, () => cluster.configMap(name, 'first', more));
    expect(pending(agent)).toBe(false);
  });

  it.each([
    ['agent 152: named', NAMED, [], 'cm'],
    ['agent 152: named by a pattern', PATTERN, [], 'cm-7'],
    ['agent 152: referenced, auto', { 'reloader.stakater.com/auto': 'true' }, ['cm'], 'cm'],
  ])('%s: its going is a change on request, once; its return none', async (_title, annotations, references, name) => {
    const cluster = new Shop(annotations, references);
    cluster.configMap(name, 'first');
    const agent = await after(cluster, ON_DELETE, way, () => cluster.remove('ConfigMap', name));
    expect(pending(agent)).toBe(true);
    settle(cluster, agent);
    expect(pending(agent)).toBe(false);
    const next = await restarted(cluster, agent, ON_DELETE);
    expect(pending(next)).toBe(false);
    cluster.configMap(name, 'second');
    expect(pending(next)).toBe(false);
    cluster.configMap(name, 'third');
    expect(pending(next)).toBe(true);
  });

  it.each([
    ['agent 154: nobody asked', NEITHER],
    ['agent 154: asked for appearances only', ON_CREATE],
  ])('%s: its going is no change', async (_title, triggers) => {
    const cluster = new Shop(NAMED);
    cluster.configMap('cm', 'first');
    const agent = await after(cluster, triggers, way, () => cluster.remove('ConfigMap', 'cm'));
    expect(pending(agent)).toBe(false);
  });

  it.each([
    ['asked for appearances', 'as it was', ON_CREATE, true],
    ['asked for both', 'as it was', BOTH, true],
    ['nobody asked', 'as it was', NEITHER, false],
    ['nobody asked', 'with other content', NEITHER, true],
    ['asked for appearances', 'with other content', ON_CREATE, true],
    ['asked for deletions, and its own is settled', 'with other content', ON_DELETE, false],
  ])('%s: one that went comes back %s', async (_title, how, triggers, isPending) => {
    const cluster = new Shop(NAMED);
    cluster.configMap('cm', 'first');
    const agent = await after(cluster, triggers, way, () => cluster.remove('ConfigMap', 'cm'));
    settle(cluster, agent);
    const content = how === 'as it was' ? 'first' : 'second';
    const next = await restarted(cluster, agent, triggers, () => cluster.configMap('cm', content));
    expect(pending(next)).toBe(isPending);
  });

  it('agent 151: what exists at first sight has never appeared', async () => {
    const cluster = new Shop({ 'configmap.reloader.stakater.com/reload': 'cm,cm-.*' });
    cluster.configMap('cm', 'first');
    cluster.configMap('cm-7', 'first');
    expect(pending(await after(cluster, BOTH, way, () => undefined))).toBe(false);
  });

  it('what a workload comes to name or reference has not appeared', async () => {
    const cluster = new Shop({ 'configmap.reloader.stakater.com/reload': 'x-.*' });
    cluster.configMap('cm', 'first');
    cluster.configMap('y-1', 'first');
    const annotations = { 'configmap.reloader.stakater.com/reload': 'cm,y-.*' };
    const agent = await after(cluster, BOTH, way, () => {
      cluster.put('Deployment', 'app', { ...cluster.object('Deployment', 'app'), metadata: { annotations } });
    });
    expect(pending(agent)).toBe(false);
    cluster.configMap('y-2', 'first');
    expect(pending(agent)).toBe(true);
  });

  it('agent 157: the coming of one kind counts also where the other is ignored', async () => {
    const cluster = new Shop(NAMED);
    const options = { triggers: ON_CREATE, ignoredKinds: ['Secret'] as const };
    const agent = testAgent(cluster, new TestClock(), undefined, options);
    agent.inventory.start();
    await agent.inventory.whenReady();
    cluster.configMap('cm', 'first');
    expect(pending(agent)).toBe(true);
  });

  it('taking the flags back restarts nothing', async () => {
    const cluster = new Shop({ 'configmap.reloader.stakater.com/reload': 'cm,gone' });
    cluster.configMap('gone', 'first');
    const agent = await after(cluster, BOTH, way, () => cluster.remove('ConfigMap', 'gone'));
    settle(cluster, agent);
    const next = await restarted(cluster, agent, NEITHER);
    expect(pending(next)).toBe(false);
    cluster.configMap('gone', 'first');
    cluster.configMap('cm', 'first');
    expect(pending(next)).toBe(false);
  });
});
