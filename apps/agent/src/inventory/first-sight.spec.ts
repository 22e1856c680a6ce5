import { FakeCluster } from '../testing/fake-cluster';
import { testAgent } from '../testing/test-agent';
import { TestClock } from '../testing/test-clock';
import type { Triggers } from './core/absence';

const AUTO = { 'reloader.stakater.com/auto': 'true' };
const NAMED = { 'configmap.reloader.stakater.com/reload': 'cm' };
const PATTERN = { 'configmap.reloader.stakater.com/reload': 'c.*' };
const SEARCH = { 'reloader.stakater.com/search': 'true' };
const MATCH = { 'reloader.stakater.com/match': 'true' };
const NEITHER: Triggers = { onCreate: false, onDelete: false };
const ON_CREATE: Triggers = { onCreate: true, onDelete: false };
const ON_DELETE: Triggers = { onCreate: false, onDelete: true };

/** What happens, one after the other; the watches of the two kinds tell of it at different times. */
type Happens = (cluster: Moment) => void;

class Moment extends FakeCluster {
  configMap(value: string, annotations: Readonly<Record<string, string>> = {}): void {
    this.put('ConfigMap', 'cm', { metadata: { annotations }, data: { value } });
  }

  gone(): void {
    this.remove('ConfigMap', 'cm');
  }

  app(annotations: Readonly<Record<string, string>> = AUTO): void {
    const containers = [{ name: 'main', envFrom: [{ configMapRef: { name: 'cm' } }] }];
    this.put('Deployment', 'app', { metadata: { annotations }, spec: { template: { spec: { containers } } } });
  }
}

async function isPendingAfter(
  happens: Happens,
  late: 'Deployment' | 'ConfigMap' | null,
  { triggers, before }: Readonly<{ triggers: Triggers; before: Happens }>,
): Promise<boolean> {
  const cluster = new Moment();
  before(cluster);
  const { inventory } = testAgent(cluster, new TestClock(), undefined, { triggers });
  inventory.start();
  await inventory.whenReady();
  if (late) cluster.lag(late);
  happens(cluster);
  if (late) cluster.catchUp(late);
  const isPending = inventory.workload('Deployment/shop/app')?.state === 'Pending';
  cluster.settle('app');
  expect(inventory.workload('Deployment/shop/app')?.state === 'Pending').toBe(isPending);
  return isPending;
}

const nothing: Happens = () => undefined;
const something: Happens = (cluster) => cluster.configMap('one');

describe.each([null, 'Deployment', 'ConfigMap'] as const)('a workload and its source at once (late: %s)', (late) => {
  it.each<[string, Triggers, Happens, Happens]>([
    ['changed', NEITHER, something, (c) => (c.app(), c.configMap('two'))],
    ['changed, and labelled', NEITHER, something, (c) => (c.app(), c.configMap('two'), c.configMap('two', MATCH))],
    ['changed twice', NEITHER, something, (c) => (c.app(), c.configMap('two'), c.configMap('three'))],
    ['made anew with other content', NEITHER, something, (c) => (c.app(), c.gone(), c.configMap('two'))],
    ['agent 148: made', ON_CREATE, nothing, (c) => (c.app(), c.configMap('one'))],
    ['made, where it is named', ON_CREATE, nothing, (c) => (c.app(NAMED), c.configMap('one'))],
    ['made, where a pattern names it', ON_CREATE, nothing, (c) => (c.app(PATTERN), c.configMap('one'))],
    ['made, where it is searched for', ON_CREATE, nothing, (c) => (c.app(SEARCH), c.configMap('1', MATCH))],
    ['made anew as it was', ON_CREATE, something, (c) => (c.app(), c.gone(), c.configMap('one'))],
    ['made, and changed', ON_CREATE, nothing, (c) => (c.app(), c.configMap('one'), c.configMap('two'))],
    ['agent 152: deleted', ON_DELETE, something, (c) => (c.app(), c.gone())],
    ['deleted, where it is named', ON_DELETE, something, (c) => (c.app(NAMED), c.gone())],
    ['deleted, where a pattern names it', ON_DELETE, something, (c) => (c.app(PATTERN), c.gone())],
    ['made, and deleted', ON_DELETE, nothing, (c) => (c.configMap('one'), c.app(), c.gone())],
    [
      'deleted, where it is searched for',
      ON_DELETE,
      (c) => c.configMap('one', MATCH),
      (c) => (c.app(SEARCH), c.gone()),
    ],
  ])('%s: a change', async (_title, triggers, before, happens) => {
    expect(await isPendingAfter(happens, late, { triggers, before })).toBe(true);
  });

  it.each<[string, Triggers, Happens, Happens]>([
    ['installed together', NEITHER, nothing, (c) => (c.configMap('one'), c.app())],
    ['installed together, where coming counts', ON_CREATE, nothing, (c) => (c.configMap('one'), c.app())],
    ['the same, named', ON_CREATE, nothing, (c) => (c.configMap('one'), c.app(NAMED))],
    ['the same, by a pattern', ON_CREATE, nothing, (c) => (c.configMap('one'), c.app(PATTERN))],
    ['changed before', NEITHER, something, (c) => (c.configMap('two'), c.app())],
    ['made', NEITHER, nothing, (c) => (c.app(), c.configMap('one'))],
    ['deleted', NEITHER, something, (c) => (c.app(), c.gone())],
    ['deleted before', ON_DELETE, something, (c) => (c.gone(), c.app())],
    ['back as it was', NEITHER, something, (c) => (c.app(), c.gone(), c.configMap('one'))],
    ['labelled', NEITHER, something, (c) => (c.app(), c.configMap('one', MATCH))],
    [
      'changed, and searched for only later',
      NEITHER,
      (c) => (c.configMap('one'), c.app(SEARCH)),
      (c) => (c.configMap('two'), c.configMap('two', MATCH)),
    ],
  ])('%s: no change', async (_title, triggers, before, happens) => {
    expect(await isPendingAfter(happens, late, { triggers, before })).toBe(false);
  });
});

describe('a workload heard of when a gap in the watches is over', () => {
  const time = (second: number): Readonly<Record<string, string>> => ({
    creationTimestamp: `2026-01-01T00:00:0${second}Z`,
  });
  const written = (second: number): Readonly<Record<string, object>> => ({
    metadata: { managedFields: [{ time: `2026-01-01T00:00:0${second}Z`, fieldsV1: { 'f:data': {} } }] },
    data: { value: 'two' },
  });

  it.each([
    ['has missed what changed in it after the workload was made', 3, true],
    ['has started with what changed before', 5, false],
  ])('%s', async (_title, made, isPending) => {
    const cluster = new Moment();
    cluster.configMap('one');
    const { inventory } = testAgent(cluster, new TestClock());
    inventory.start();
    await inventory.whenReady();
    const containers = [{ name: 'main', envFrom: [{ configMapRef: { name: 'cm' } }] }];
    const app = { metadata: { ...time(made), annotations: AUTO }, spec: { template: { spec: { containers } } } };
    cluster.lag('Deployment');
    cluster.put('Deployment', 'app', app);
    cluster.put('ConfigMap', 'cm', written(4));
    cluster.settle('app');
    cluster.list('Deployment');
    expect(inventory.workload('Deployment/shop/app')?.state).toBe(isPending ? 'Pending' : 'Current');
  });
});
