import { z } from 'zod';
import { fieldProblems } from './schema-problems';
import { toInnerPath, toPublicPath } from './verb-path';

describe('verbs behind a colon', () => {
  it.each([
    ['/api/v1/rollouts/r-1:pause', '/api/v1/rollouts/r-1/~pause'],
    ['/api/v1/rollouts/r-1:pause?x=a:b', '/api/v1/rollouts/r-1/~pause?x=a:b'],
    ['/api/v1/policies:validate', '/api/v1/policies/~validate'],
    ['/api/v1/rollouts/r-1', '/api/v1/rollouts/r-1'],
    ['/api/v1/explain?name=a:b', '/api/v1/explain?name=a:b'],
    ['/agent/v1/connect:now', '/agent/v1/connect:now'],
  ])('%s is %s for the router', (url, inner) => {
    expect(toInnerPath(url)).toBe(inner);
  });

  it('have one address only', () => {
    expect(toInnerPath('/api/v1/rollouts/r-1/~pause')).toBe('/api/v1/no-such-path');
  });

  it('are shown as people write them', () => {
    expect(toPublicPath('/api/v1/rollouts/{id}/~pause')).toBe('/api/v1/rollouts/{id}:pause');
    expect(toPublicPath('/api/v1/rollouts/{id}')).toBe('/api/v1/rollouts/{id}');
  });
});

describe('faults of a request', () => {
  const schema = z.strictObject({ name: z.string(), inner: z.strictObject({ 'a/b': z.int() }).optional() });
  const issues = (value: unknown) => schema.safeParse(value).error?.issues ?? [];

  it('name every unknown field by its own pointer', () => {
    const found = fieldProblems(issues({ name: 'x', one: 1, inner: { 'a/b': 1, two: 2 } }), 'body');
    expect(found.map(({ pointer, code }) => [pointer, code]).sort()).toEqual([
      ['/inner/two', 'UNKNOWN_FIELD'],
      ['/one', 'UNKNOWN_FIELD'],
    ]);
  });

  it('escape what a JSON pointer has to escape, and tell queries and paths apart', () => {
    expect(fieldProblems(issues({ name: 'x', inner: { 'a/b': 'no' } }), 'body')[0]?.pointer).toBe('/inner/a~1b');
    expect(fieldProblems(issues({}), 'query')[0]?.pointer).toBe('?name');
    expect(fieldProblems(issues({}), 'param')[0]?.pointer).toBe('{name}');
  });

  it('are counted, not listed, when there are very many', () => {
    const body = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${at}`, at]));
    const found = fieldProblems(issues({ name: 'x', ...body }), 'body');
    expect(found).toHaveLength(51);
    expect(found.at(-1)?.detail).toBe('and 4950 more');
  });
});
