import fc from 'fast-check';
import { circlesIn } from './circles';
import type { Standing } from './standing';
import { keysNamed, waitOf } from './turn';

type Graph = Readonly<Record<string, readonly [Standing, ...string[]]>>;

const keyOf = (name: string): string => `Deployment/shop/${name}`;
const keysOf = (names: readonly string[]): string[] => names.map(keyOf);
const edgesOf = (graph: Graph) =>
  new Map(Object.entries(graph).map(([name, [, ...after]]) => [keyOf(name), keysOf(after)] as const));

function turn(name: string, graph: Graph) {
  const [, ...after] = graph[name] ?? ['through'];
  const circle = circlesIn(edgesOf(graph)).get(keyOf(name)) ?? [];
  const standings = new Map(Object.entries(graph).map(([other, [standing]]) => [keyOf(other), standing] as const));
  return { wait: waitOf({ before: keysOf(after), circle }, (key) => standings.get(key)), circle };
}

const GO = 'goes';
it.each<[string, string, Graph, string]>([
  ['that names nobody', 'web', { web: ['open'], db: ['open'] }, GO],
  ['whose predecessor is due or under way', 'web', { web: ['open', 'db'], db: ['open'] }, 'Order'],
  ['whose predecessor is through', 'web', { web: ['open', 'db'], db: ['through'] }, GO],
  ['whose predecessor failed', 'web', { web: ['open', 'db'], db: ['failed'] }, 'PredecessorFailed'],
  ['whose predecessor does not exist', 'web', { web: ['open', 'db'] }, GO],
  ['that has several predecessors', 'web', { web: ['open', 'a', 'b'], a: ['through'], b: ['open'] }, 'Order'],
  [
    'one of whose predecessors failed',
    'web',
    { web: ['open', 'a', 'b'], a: ['open'], b: ['failed'] },
    'PredecessorFailed',
  ],
  ['over one that is through', 'web', { web: ['open', 'a'], a: ['through', 'b'], b: ['open'] }, GO],
  ['that itself failed before', 'web', { web: ['failed', 'db'], db: ['open'] }, 'Order'],
  ['in a circle of two', 'web', { web: ['open', 'db'], db: ['open', 'web'] }, GO],
  ['in a circle of three', 'a', { a: ['open', 'b'], b: ['open', 'c'], c: ['open', 'a'] }, GO],
  ['in a circle with one that failed', 'web', { web: ['open', 'db'], db: ['failed', 'web'] }, GO],
  [
    'in a circle, and after one outside of it',
    'web',
    { web: ['open', 'db', 'lb'], db: ['open', 'web'], lb: ['open'] },
    'Order',
  ],
  ['after a circle', 'web', { web: ['open', 'a'], a: ['open', 'b'], b: ['open', 'a'] }, 'Order'],
])('a pending workload %s', (_title, name, graph, expected) => {
  expect(turn(name, graph).wait?.reason ?? GO).toBe(expected);
});

it('says for whom it waits, and which circle was left out', () => {
  const graph: Graph = { web: ['open', 'db', 'lb'], db: ['open', 'web'], lb: ['open'] };
  expect(turn('web', graph)).toEqual({
    wait: { reason: 'Order', message: 'restarts after Deployment/lb', holding: [keyOf('lb')] },
    circle: [keyOf('db'), keyOf('web')],
  });
  const failed = turn('web', { web: ['open', 'db', 'lb'], db: ['failed'], lb: ['open'] }).wait;
  expect(failed?.message).toBe('waits for what failed: Deployment/db; it restarts when that is well');
  expect(failed?.holding).toEqual([keyOf('db'), keyOf('lb')]);
});

it.each<[Standing, string]>([
  ['open', 'restarts after Deployment/db, Deployment/lb'],
  ['failed', 'waits for what failed: Deployment/db, Deployment/lb; it restarts when that is well'],
])('names all that it waits for: %s', (standing, message) => {
  const { wait } = turn('web', { web: ['open', 'db', 'lb'], db: [standing], lb: [standing] });
  expect(wait?.message).toBe(message);
});

it('a name means workloads of every kind, of the same namespace', () => {
  const keys = keysNamed('shop', ['db', 'cache']);
  expect(keys).toEqual(expect.arrayContaining(['Deployment/shop/db', 'StatefulSet/shop/db', 'CronJob/shop/cache']));
  expect(keys.every((key) => key.split('/')[1] === 'shop')).toBe(true);
});

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const names = fc.subarray(NAMES);
/** Nobody names itself: the annotation is read so. */
const rowOf = (name: string, standing: Standing, after: readonly string[]): [string, Graph[string]] => [
  name,
  [standing, ...after.filter((other) => other !== name)],
];
const anyGraph = fc
  .array(fc.tuple(fc.constantFrom<Standing>('open', 'open', 'through', 'failed'), names), { maxLength: NAMES.length })
  .map((rows): Graph => Object.fromEntries(rows.map(([standing, after], n) => rowOf(NAMES[n] ?? '', standing, after))));

/** Restarts all that may go, over and over, each coming through; what is left waits for good. */
function playedOut(graph: Graph): { left: string[]; graph: Graph } {
  let now = graph;
  for (;;) {
    const open = Object.keys(now).filter((name) => now[name]?.[0] === 'open');
    const going = open.filter((name) => turn(name, now).wait === null);
    if (going.length === 0) return { left: open, graph: now };
    const through = going.map((name): [string, Graph[string]] => [name, ['through', ...(now[name] ?? []).slice(1)]]);
    now = { ...now, ...Object.fromEntries(through) };
  }
}

it('in any graph everything restarts but what waits for one that failed', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const { left, graph: end } = playedOut(graph);
      const stuck = left.map((name) => ({ name, wait: turn(name, end).wait }));
      const blamed = ({ wait }: (typeof stuck)[number]): boolean =>
        (wait?.holding ?? []).some((key) => left.some((name) => keyOf(name) === key)) ||
        wait?.reason === 'PredecessorFailed';
      expect(stuck.every(blamed)).toBe(true);
      expect(left.length === 0 || stuck.some(({ wait }) => wait?.reason === 'PredecessorFailed')).toBe(true);
      if (!Object.values(graph).some(([standing]) => standing === 'failed')) expect(left).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

it('outside of circles nothing goes before what it names is through', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      for (const name of Object.keys(graph)) {
        const { wait, circle } = turn(name, graph);
        const before = (graph[name] ?? []).slice(1).filter((other) => !circle.includes(keyOf(other)));
        const unfinished = before.filter((other) => graph[other] !== undefined && graph[other][0] !== 'through');
        expect(wait?.holding.toSorted() ?? []).toEqual(unfinished.map(keyOf).toSorted());
      }
    }),
  );
});
