import fc from 'fast-check';
import { circlesIn } from './circles';

type Graph = Readonly<Record<string, readonly string[]>>;
const circles = (graph: Graph) => Object.fromEntries(circlesIn(new Map(Object.entries(graph))));

it.each<[string, Graph, Graph]>([
  ['nothing', {}, {}],
  ['a line', { a: ['b'], b: ['c'] }, {}],
  ['two ways to the same', { a: ['b', 'c'], b: ['d'], c: ['d'] }, {}],
  ['a circle of two', { a: ['b'], b: ['a'] }, { a: ['a', 'b'], b: ['a', 'b'] }],
  [
    'a way into a circle, and one out of it',
    { x: ['a'], a: ['b'], b: ['a', 'y'], y: ['z'] },
    { a: ['a', 'b'], b: ['a', 'b'] },
  ],
  [
    'circles that share one',
    { a: ['b'], b: ['a', 'c'], c: ['b'] },
    { a: ['a', 'b', 'c'], b: ['a', 'b', 'c'], c: ['a', 'b', 'c'] },
  ],
  [
    'two circles, one after the other',
    { a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'] },
    { a: ['a', 'b'], b: ['a', 'b'], c: ['c', 'd'], d: ['c', 'd'] },
  ],
  ['one that names itself', { a: ['a'] }, {}],
])('in %s', (_title, graph, found) => {
  expect(circles(graph)).toEqual(found);
});

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const anyGraph = fc
  .array(fc.subarray(NAMES), { maxLength: NAMES.length })
  .map((rows): Graph => Object.fromEntries(rows.map((after, n) => [NAMES[n] ?? '', after])));

function reaches(graph: Graph, from: string, to: string): boolean {
  const found = new Set(graph[from]);
  for (const each of found) graph[each]?.forEach((next) => found.add(next));
  return found.has(to);
}

it('a circle is all those that can be reached from one of them, and from which it can be reached', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const found = circles(graph);
      for (const one of NAMES) {
        const others = NAMES.filter(
          (other) => other !== one && reaches(graph, one, other) && reaches(graph, other, one),
        );
        expect(found[one] ?? []).toEqual(others.length === 0 ? [] : [one, ...others].sort());
      }
    }),
    { numRuns: 500 },
  );
});

it('a way through very many, and very many ways, are no burden', () => {
  const long = Array.from({ length: 50_000 }, (_, n) => [`w${n}`, [`w${(n + 1) % 50_000}`]] as const);
  expect(circlesIn(new Map(long)).size).toBe(50_000);
  const names = Array.from({ length: 1000 }, (_, n) => `w${n}`);
  const dense = names.map((name, n) => [name, names.slice(n + 1, n + 65)] as const);
  expect(circlesIn(new Map(dense)).size).toBe(0);
});
