import { WORKLOAD_KINDS, type WorkloadKind } from '@app/contracts/objects';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import { Budgets } from './budgets';
import { type Budget, type Budgeted, readBudget, strictBudget } from './core/budget';

const KEY = 'Deployment/shop/app';

const budget = (spec: object, status: object = {}): Budget =>
  readBudget({
    metadata: { name: 'b', uid: 'u', resourceVersion: '1', generation: 1 },
    spec: { selector: {}, ...spec },
    status,
  });
const web = (desired: number): Budgeted => ({ kind: 'Deployment', podLabels: { app: 'web', tier: 'a' }, desired });
const isStrict = (spec: object, desired: number, status: object = {}): boolean =>
  strictBudget([budget(spec, status)], web(desired)) === 'b';

describe('a disruption budget', () => {
  it.each<[object, number, boolean]>([
    [{ maxUnavailable: 0 }, 3, true],
    [{ maxUnavailable: '0%' }, 3, true],
    [{ maxUnavailable: 1 }, 3, false],
    [{ maxUnavailable: '1%' }, 3, false],
    [{ minAvailable: 3 }, 3, true],
    [{ minAvailable: 2 }, 3, false],
    [{ minAvailable: '100%' }, 3, true],
    [{ minAvailable: '67%' }, 3, true],
    [{ minAvailable: '66%' }, 3, false],
    [{}, 1, true],
    [{}, 2, false],
    [{ maxUnavailable: 0 }, 0, false],
  ])('of %j over %i pods lets none go: %s', (spec, desired, strict) => {
    expect(isStrict(spec, desired)).toBe(strict);
  });

  it('counts as its controller does, once that has seen it as it is', () => {
    const status = { observedGeneration: 1, expectedPods: 6, desiredHealthy: 3, disruptionsAllowed: 0 };
    expect(isStrict({ minAvailable: 3 }, 3, status)).toBe(false);
    expect(isStrict({ minAvailable: 3 }, 3, { ...status, expectedPods: 3 })).toBe(true);
    expect(isStrict({ minAvailable: 3 }, 3, { ...status, observedGeneration: 0 })).toBe(true);
    expect(isStrict({ minAvailable: 1 }, 3, { ...status, expectedPods: 0, desiredHealthy: 0 })).toBe(false);
  });

  it.each<[unknown, boolean]>([
    [{ matchLabels: { app: 'web' } }, true],
    [{ matchLabels: { app: 'api' } }, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'In', values: ['a', 'b'] }] }, true],
    [
      {
        matchExpressions: [
          { key: 'tier', operator: 'Exists' },
          { key: 'app', operator: 'NotIn', values: ['web'] },
        ],
      },
      false,
    ],
    [undefined, false],
    [{ matchLabels: { 'no label!': 'x' } }, false],
  ])('selects by %j: %s', (selector, selected) => {
    expect(isStrict({ maxUnavailable: 0, selector }, 2)).toBe(selected);
  });

  it('concerns pods that stay, and of several the first is told', () => {
    const over = (kind: WorkloadKind) => strictBudget([budget({ maxUnavailable: 0 })], { ...web(2), kind });
    expect(WORKLOAD_KINDS.filter((kind) => over(kind) === undefined)).toEqual(['CronJob', 'Job']);
    const [a, b] = [{ ...budget({ maxUnavailable: 0 }), name: 'a' }, budget({ maxUnavailable: 0 })];
    expect(strictBudget([b, a], web(2))).toBe('a');
  });
});

it('is told with the workload for as long as it holds its pods', async () => {
  const cluster = new FakeCluster();
  cluster.secret('db', 'one');
  cluster.put('Deployment', 'app', deployment('db', { 'reloader.stakater.com/auto': 'true' }));
  const budgets = new Budgets();
  const { inventory } = testAgent(cluster, new TestClock(), undefined, { budgets });
  inventory.start();
  await turn();
  const told = (): string | undefined => inventory.workload(KEY)?.budget;
  const [digest, none] = [inventory.digest(), told()];
  cluster.put('PodDisruptionBudget', 'strict', { spec: { selector: {}, maxUnavailable: 0 } });
  cluster.put('PodDisruptionBudget', 'strict', { spec: { selector: {}, maxUnavailable: 0 } }, 'elsewhere');
  cluster.start('PodDisruptionBudget', budgets);
  expect([none, told()]).toEqual([undefined, 'strict']);
  cluster.put('PodDisruptionBudget', 'strict', { spec: { selector: {}, maxUnavailable: 1 } });
  expect(told()).toBeUndefined();
  cluster.put('PodDisruptionBudget', 'strict', { spec: { selector: {}, minAvailable: '100%' } });
  expect(told()).toBe('strict');
  cluster.remove('PodDisruptionBudget', 'strict');
  expect([told(), inventory.digest()]).toEqual([undefined, digest]);
});

it('that went away while the watch was broken is forgotten with the next list', () => {
  const cluster = new FakeCluster();
  const budgets = new Budgets();
  cluster.put('PodDisruptionBudget', 'strict', { spec: { selector: {}, maxUnavailable: 0 } });
  cluster.start('PodDisruptionBudget', budgets);
  expect(budgets.over('shop', web(2))).toBe('strict');
  cluster.disconnect();
  cluster.remove('PodDisruptionBudget', 'strict');
  cluster.start('PodDisruptionBudget', budgets);
  expect(budgets.over('shop', web(2))).toBeUndefined();
});
