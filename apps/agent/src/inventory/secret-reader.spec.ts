import type { SourceRef } from '@app/contracts/objects';
import type { KubeObject } from '../kube/kube.port';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';

const APP = 'Deployment/shop/app';
const AUTO = { 'reloader.stakater.com/auto': 'true' };

/** A cluster that shows nothing but the metadata of Secrets, and counts who reads more. */
class Discreet extends FakeCluster {
  readonly reads: string[] = [];
  failure: Error | null = null;
  /** What the next read is answered with: an API server that lags behind. */
  stale: KubeObject | null = null;
  readonly #data = new Map<string, unknown>();

  constructor() {
    super();
    this.secret('db', 'one');
    this.secret('nobodys', 'one');
    this.put('Deployment', 'app', deployment('db', AUTO));
    this.settle('app');
  }

  override secret(name: string, value: string): void {
    this.#data.set(name, { value: Buffer.from(value).toString('base64') });
    this.put('Secret', name, {});
  }

  readData(ref: SourceRef): Promise<KubeObject | null> {
    this.reads.push(ref.name);
    if (this.failure) return Promise.reject(this.failure);
    const { stale } = this;
    this.stale = null;
    if (stale) return Promise.resolve(stale);
    const object = this.object('Secret', ref.name);
    return Promise.resolve(object ? { ...object, data: this.#data.get(ref.name) } : null);
  }
}

async function started(cluster: Discreet, clock = new TestClock()): Promise<TestAgent> {
  const agent = testAgent(cluster, clock, undefined, { readSecret: (ref) => cluster.readData(ref) });
  agent.inventory.start();
  await turn();
  return agent;
}

const stateOf = ({ inventory }: TestAgent): string => {
  const fact = inventory.workload(APP);
  return `${fact?.state} ${fact?.reason}`.trim();
};

describe('with nothing but the metadata of Secrets', () => {
  it('only what a workload uses is read, once per change', async () => {
    const cluster = new Discreet();
    const agent = await started(cluster);
    expect(agent.inventory.ready()).toBe(true);
    expect(stateOf(agent)).toBe('Current');
    cluster.secret('db', 'two');
    cluster.secret('nobodys', 'two');
    await turn();
    expect(stateOf(agent)).toBe('Pending');
    expect(cluster.reads).toEqual(['db', 'db']);
  });

  it('labels of a used one cost a read, and change nothing', async () => {
    const cluster = new Discreet();
    const agent = await started(cluster);
    cluster.put('Secret', 'db', { metadata: { labels: { a: 'b' } } });
    await turn();
    expect(stateOf(agent)).toBe('Current');
    expect(agent.told.noDataChange).toBe(1);
  });

  it('one that comes into use is read then, in the state that it has', async () => {
    const cluster = new Discreet();
    const agent = await started(cluster);
    cluster.secret('nobodys', 'two');
    cluster.put('Deployment', 'app', deployment('nobodys', AUTO));
    cluster.settle('app');
    await turn();
    expect(stateOf(agent)).toBe('Current');
    cluster.secret('nobodys', 'three');
    await turn();
    expect(stateOf(agent)).toBe('Pending');
  });

  it('a change that was made while nobody looked is found', async () => {
    const cluster = new Discreet();
    const first = await started(cluster);
    await first.inventory.stop();
    cluster.disconnect();
    cluster.secret('db', 'two');
    expect(stateOf(await started(cluster))).toBe('Pending');
  });

  it('one that goes and comes back with the same content changes nothing', async () => {
    const cluster = new Discreet();
    const agent = await started(cluster);
    cluster.remove('Secret', 'db');
    cluster.secret('db', 'one');
    await turn();
    expect(stateOf(agent)).toBe('Current');
  });

  it('several writes while one is being read are read together, to the last', async () => {
    const cluster = new Discreet();
    const agent = await started(cluster);
    const want = (): unknown => agent.inventory.workload(APP)?.want;
    for (const value of ['two', 'three', 'four', 'one']) cluster.secret('db', value);
    await turn();
    expect(stateOf(agent)).toBe('Current');
    cluster.secret('db', 'five');
    const before = want();
    await turn();
    expect(want()).not.toBe(before);
    expect(cluster.reads.length).toBeLessThanOrEqual(4);
  });

  it('an answer that is older than what the watch told is not believed', async () => {
    const cluster = new Discreet();
    const agent = await started(cluster);
    cluster.stale = (await cluster.readData({ kind: 'Secret', namespace: 'shop', name: 'db' })) ?? null;
    cluster.secret('db', 'two');
    await turn();
    expect(stateOf(agent)).toBe('Pending');
  });

  it('what may not be read is a reason on its workloads, told once, and holds up nothing', async () => {
    const cluster = new Discreet();
    const clock = new TestClock();
    cluster.failure = new Error('403 Forbidden');
    const agent = await started(cluster, clock);
    expect(agent.inventory.ready()).toBe(true);
    expect(stateOf(agent)).toBe('Ignored SourceUnread');
    expect(agent.inventory.workload(APP)?.message).toBe('a Secret that it uses could not be read yet');
    await clock.advance(11_000);
    expect(agent.told.trouble).toEqual([expect.stringContaining('Secret/shop/db can not be read')]);
    cluster.failure = null;
    await clock.advance(6000);
    expect(stateOf(agent)).toBe('Current');
  });

  it('a change that cannot be read yet leaves the workload as it was, until it can', async () => {
    const cluster = new Discreet();
    const clock = new TestClock();
    const agent = await started(cluster, clock);
    cluster.failure = new Error('no');
    cluster.secret('db', 'two');
    await turn();
    expect(stateOf(agent)).toBe('Current');
    cluster.failure = null;
    await clock.advance(6000);
    expect(stateOf(agent)).toBe('Pending');
  });
});

describe('with nothing but the metadata of Secrets, and a workload that is heard of late', () => {
  const late = async (happens: (cluster: Discreet) => void): Promise<string> => {
    const cluster = new Discreet();
    cluster.remove('Deployment', 'app');
    const agent = await started(cluster);
    cluster.lag('Deployment');
    happens(cluster);
    cluster.catchUp('Deployment');
    await turn();
    return stateOf(agent);
  };
  const app = (cluster: Discreet): unknown => cluster.put('Deployment', 'app', deployment('nobodys', AUTO));

  it('what was written after its creation may have been a change', async () => {
    expect(await late((cluster) => (app(cluster), cluster.secret('nobodys', 'two')))).toBe('Pending');
  });

  it.each<[string, (cluster: Discreet) => void]>([
    ['what was written before is none', (cluster) => (cluster.secret('nobodys', 'two'), app(cluster))],
    ['nor is what was made together with it', (cluster) => (app(cluster), cluster.secret('new', 'one'))],
  ])('%s', async (_title, happens) => {
    expect(await late(happens)).toBe('Current');
  });
});
