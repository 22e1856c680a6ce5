import type { Result } from '@app/contracts/wire/agent-messages';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import type { KubeObject } from '../kube/kube.port';
import { stragglersOf } from './core/stragglers';

const AUTO = { 'reloader.stakater.com/auto': 'true' };
const APP = 'Deployment/shop/app';
const at = (minute: number, second = 0): string => new Date(Date.UTC(2026, 0, 1, 0, minute, second)).toISOString();

type Scene = TestAgent & Readonly<{ cluster: FakeCluster; clock: TestClock }>;

function secret(cluster: FakeCluster, value: string, minute: number): void {
  const managedFields = [{ manager: 'kubectl', operation: 'Update', time: at(minute), fieldsV1: { 'f:data': {} } }];
  cluster.put('Secret', 'db', { metadata: { managedFields }, data: { value } });
}

const pod = (name: string, startedAt: string, more: object = {}): KubeObject => ({
  metadata: { name, uid: name, resourceVersion: '1' },
  status: { phase: 'Running', containerStatuses: [{ name: 'main', state: { running: { startedAt } } }], ...more },
});

/** `app` was started with the content of minute 1; that of minute 10 is not rolled out. */
async function onDetour(): Promise<Scene> {
  const cluster = new FakeCluster();
  secret(cluster, 'YQ==', 1);
  cluster.put('Deployment', 'app', deployment('db', AUTO));
  cluster.settle('app');
  const clock = new TestClock();
  const agent = testAgent(cluster, clock);
  agent.inventory.start();
  await turn();
  secret(cluster, 'Yg==', 10);
  await turn();
  return { ...agent, cluster, clock };
}

const seen = ({ inventory }: Scene): readonly unknown[] => {
  const { state, reason, proof } = inventory.workload(APP) ?? {};
  return [state, reason, proof];
};

function permitted({ inventory, restarts, clock }: Scene): Result[] {
  const { uid = '', want = '' } = inventory.workload(APP) ?? {};
  const results: Result[] = [];
  const sink = { progress: (): void => undefined, result: (result: Result): void => void results.push(result) };
  const order = {
    ...{ id: 'p#1', permit: 'p', rollout: 'r-1', attempt: 1, uid, toRevision: want ?? '', causes: [] },
    workload: { kind: 'Deployment', namespace: 'shop', name: 'app' } as const,
    ...{ progressDeadlineMs: 60_000, terms: { fence: 1, hubEpoch: 1, notAfter: Date.UTC(2027, 0, 1) } },
  };
  restarts.open();
  restarts.submit(order, () => clock.wall(), sink);
  return results;
}

describe('a workload whose source goes back to what it was started with', () => {
  it('rollouts 91: is behind when pods came up in between, and one restart brings it back', async () => {
    const scene = await onDetour();
    const { cluster, inventory } = scene;
    cluster.podsNow = [pod('a', at(2)), pod('b', at(11)), pod('c', at(12))];
    const other = inventory.workload(APP)?.want;
    secret(cluster, 'YQ==', 20);
    await turn();
    expect(seen(scene)).toEqual(['Pending', 'PodsBehind', 'inferred']);
    expect(inventory.workload(APP)).toMatchObject({ have: other, message: expect.stringMatching(/^2 of its pods/) });
    const results = permitted(scene);
    await turn();
    cluster.podsNow = [pod('d', at(21)), pod('e', at(21)), pod('f', at(21))];
    cluster.settle('app');
    await turn();
    expect(results.map(({ outcome }) => outcome)).toEqual(['APPLIED']);
    expect([cluster.patches.length, ...seen(scene)]).toEqual([1, 'Current', '', 'exact']);
  });

  it('rollouts 91: is current when no pod came up in between, and a permit for it restarts nothing', async () => {
    const scene = await onDetour();
    scene.cluster.podsNow = [
      pod('a', at(2)),
      pod('b', at(9)),
      pod('new', at(21)),
      pod('over', at(12), { phase: 'Failed' }),
    ];
    secret(scene.cluster, 'YQ==', 20);
    expect(scene.inventory.workload(APP)?.state).toBe('Pending'); // until its pods are looked at
    await turn();
    expect(seen(scene).slice(0, 2)).toEqual(['Current', '']);
    const results = permitted(scene);
    await turn();
    expect(results.map(({ outcome, reason }) => `${outcome} ${reason}`)).toEqual(['SKIPPED AlreadyCurrent']);
    expect(scene.cluster.patches).toEqual([]);
  });

  it('is known to be behind by the next process, too', async () => {
    const scene = await onDetour();
    scene.cluster.podsNow = [pod('b', at(11))];
    secret(scene.cluster, 'YQ==', 20);
    await turn();
    await scene.inventory.stop();
    scene.cluster.disconnect();
    const next = testAgent(scene.cluster, scene.clock);
    next.inventory.start();
    await turn();
    expect(next.inventory.workload(APP)?.state).toBe('Pending');
  });

  it('is behind when nobody can tell of its pods', async () => {
    const scene = await onDetour();
    scene.cluster.pods = () => Promise.reject(new Error('forbidden'));
    secret(scene.cluster, 'YQ==', 20);
    await scene.clock.advance(10_000);
    expect([scene.inventory.workload(APP)?.state, scene.told.trouble.length]).toEqual(['Pending', 1]);
  });

  it('misses no change that comes while its pods are looked at', async () => {
    const scene = await onDetour();
    secret(scene.cluster, 'YQ==', 20);
    secret(scene.cluster, 'Yw==', 21);
    await turn();
    expect(scene.inventory.workload(APP)?.state).toBe('Pending');
  });
});

describe('pods of the time in between', () => {
  const times = { wanted: {}, had: {}, since: at(10), sinceVersion: null, until: at(20) };
  it.each<[string, KubeObject, boolean]>([
    ['before', pod('a', at(9, 59)), false],
    ['in the second of the change', pod('a', at(10)), true],
    ['and was over, having done its work', pod('a', at(12), { phase: 'Succeeded' }), false],
    ['in the second of the way back, or right after', pod('a', at(20, 2)), true],
    ['after', pod('a', at(20, 3)), false],
    ['not yet', pod('a', '', { containerStatuses: [{ name: 'main', state: { waiting: {} } }] }), false],
  ])('started %s: %#', (_when, one, isOne) => {
    expect(stragglersOf([one], times)).toEqual(isOne ? [one] : []);
  });

  it('began in the second of the change, whatever the fraction of that', () => {
    const since = at(10).replace('.000Z', '.700Z');
    expect(stragglersOf([pod('a', at(10))], { ...times, since })).toHaveLength(1);
    const doubtful = { ...pod('a', at(10, 1)), metadata: { ...pod('a', '').metadata, resourceVersion: '7' } };
    const clear = { ...doubtful, status: pod('a', at(10, 2))['status'] };
    expect(stragglersOf([doubtful, clear], { ...times, since, sinceVersion: '8' })).toEqual([clear]);
  });

  it.each<[string, string, string | null, boolean]>([
    ['written before the change', '7', '8', false],
    ['written after it', '9', '8', true],
    ['written nobody knows when', '7', null, true],
  ])('started in the second of the change, %s', (_when, resourceVersion, sinceVersion, isOne) => {
    const one = { ...pod('a', at(10)), metadata: { ...pod('a', '').metadata, resourceVersion } };
    expect(stragglersOf([one], { ...times, sinceVersion })).toEqual(isOne ? [one] : []);
    const later = { ...pod('a', at(10, 3)), metadata: one.metadata };
    expect(stragglersOf([later], { ...times, sinceVersion })).toEqual([later]); // another clock does not go so wrong
  });

  it('are all, where the times are not known, but for those that go', () => {
    const going = { ...pod('b', at(1)), metadata: { ...pod('b', '').metadata, deletionTimestamp: at(2) } };
    expect(stragglersOf([pod('a', at(1)), going], { ...times, since: null, until: null })).toHaveLength(1);
  });
});
