import { z } from 'zod';
import { invalid, notFound, Problem, PROBLEM_TYPE, problemBody } from './problem';
import { RouteMethods } from './route-methods';
import { faultsText, fieldProblems } from './schema-problems';
import { titleOf } from './status-titles';
import { withoutUnsaid } from './unsaid';
import { toInnerPath, toPublicPath, verbPath } from './verb-path';

describe('verbs behind a colon', () => {
  it.each([
    ['/api/v1/rollouts/r-1:pause', '/api/v1/rollouts/r-1/~pause'],
    ['/api/v1/rollouts/r-1:pause?x=a:b', '/api/v1/rollouts/r-1/~pause?x=a:b'],
    ['/api/v1/policies:validate', '/api/v1/policies/~validate'],
    ['/api/v1/rollouts/r-1%3Apause', '/api/v1/rollouts/r-1/~pause'],
    ['/api/v1/policies%3avalidate?x=1', '/api/v1/policies/~validate?x=1'],
    ['/api/v1/rollouts/r-1:pause/', '/api/v1/rollouts/r-1/~pause'],
    ['/api/v1/rollouts/?limit=1', '/api/v1/rollouts?limit=1'],
    ['http://hub.example.com:8080/api/v1/rollouts/r-1:pause', '/api/v1/rollouts/r-1/~pause'],
    ['/api/v1/explain?name=http://a/b', '/api/v1/explain?name=http://a/b'],
    ['/api/v1/rollouts//', '/api/v1/rollouts//'],
    ['/api/v1/', '/api/v1'],
    ['/api/v1/rollouts/r-1', '/api/v1/rollouts/r-1'],
    ['/api/v1/explain?name=a:b', '/api/v1/explain?name=a:b'],
    ['/agent/v1/connect:now', '/agent/v1/connect:now'],
  ])('%s is %s for the router', (url, inner) => {
    expect(toInnerPath(url)).toBe(inner);
  });

  it('have one address only', () => {
    expect(toInnerPath('/api/v1/rollouts/r-1/~pause')).toBe('/api/v1/no-such-path');
  });

  it('are written for a controller with or without what they are about', () => {
    expect([verbPath('validate'), verbPath('pause', ':id')]).toEqual(['~validate', ':id/~pause']);
  });

  it('are shown as people write them', () => {
    expect(toPublicPath('/api/v1/rollouts/{id}/~pause')).toBe('/api/v1/rollouts/{id}:pause');
    expect(toPublicPath('/api/v1/rollouts/{id}')).toBe('/api/v1/rollouts/{id}');
  });
});

describe('fields that say null', () => {
  const schema = z.strictObject({
    name: z.string(),
    until: z.string().optional(),
    limit: z.number().default(7),
    owner: z.string().nullish(),
    inner: z.strictObject({ until: z.string().optional() }).optional(),
  });

  it.each([schema, schema.default({ name: '', limit: 1 }), schema.refine(() => true)])('are left out', (each) => {
    expect(withoutUnsaid(each, { name: 'a', until: null, limit: null, owner: null })).toEqual({
      name: 'a',
      owner: null,
    });
  });

  it('stay where something is needed, is no field, or lies deeper', () => {
    const body = { name: null, other: null, inner: { until: null } };
    expect(withoutUnsaid(schema, body)).toEqual(body);
    for (const other of [null, [null], 'x', undefined]) expect(withoutUnsaid(schema, other)).toBe(other);
    expect(withoutUnsaid(z.string(), { until: null })).toEqual({ until: null });
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

  it('name the parameter that was checked, and tell fields from query parameters', () => {
    const only = { path: ['a'], message: 'no', code: 'custom' };
    expect(fieldProblems([only], 'query', 'x')).toEqual([{ pointer: '?x.a', code: 'INVALID', detail: 'no' }]);
    expect(fieldProblems([only], 'param', 'x')[0]?.pointer).toBe('{x.a}');
    const unknown = [{ path: [], message: '', code: 'unrecognized_keys', keys: ['k~1'] }];
    expect(fieldProblems(unknown, 'query')[0]?.detail).toBe('there is no query parameter "k~1"');
    expect(fieldProblems(unknown, 'body')).toEqual([
      { pointer: '/k~01', code: 'UNKNOWN_FIELD', detail: 'there is no field "k~1"' },
    ]);
    expect(fieldProblems([{ path: [], message: '', code: 'unrecognized_keys' }], 'body')).toEqual([]);
  });

  it('say of what is not there that it is missing', () => {
    expect(fieldProblems(issues({}), 'body')).toEqual([
      { pointer: '/name', code: 'INVALID', detail: 'is missing; it takes a value of the type string' },
    ]);
  });

  it('are summed up by the first one and where it lies', () => {
    const one = { pointer: '/name', detail: 'is missing' };
    expect(faultsText('policy', [one])).toBe('The policy has a fault at /name: is missing');
    expect(faultsText('request', [one, one])).toBe('The request has 2 faults, the first at /name: is missing');
    expect(faultsText('request', [{ ...one, pointer: '' }])).toBe('The request has a fault: is missing');
    expect(faultsText('request', [])).toBe('The request has a fault: it can not be used');
  });

  it('are all listed up to fifty, and the rest is one fault of the whole', () => {
    const some = (count: number) => Array.from({ length: count }, () => ({ path: ['a'], message: 'no', code: 'x' }));
    expect(fieldProblems(some(50), 'body')).toHaveLength(50);
    expect(fieldProblems(some(51), 'body').at(-1)).toEqual({ pointer: '', code: 'INVALID', detail: 'and 1 more' });
  });

  it('are counted, not listed, when there are very many', () => {
    const body = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${at}`, at]));
    const found = fieldProblems(issues({ name: 'x', ...body }), 'body');
    expect(found).toHaveLength(51);
    expect(found.at(-1)?.detail).toBe('and 4950 more');
  });
});

describe('a refusal', () => {
  it('has the title of its status, one of its own for the statuses that the hub gives', () => {
    const titles = [400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 414, 415, 422, 428, 429, 501, 503].map(titleOf);
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles.filter((title) => !/^[A-Z][a-z ]+$/.test(title) || title === 'Refused')).toEqual([]);
    expect([500, 502, 599, 418, 499].map(titleOf)).toEqual([
      ...['Internal error', 'Internal error', 'Internal error', 'Refused', 'Refused'],
    ]);
    expect([401, 403, 404, 429].map(titleOf)).toEqual([
      ...['Not authenticated', 'Not allowed', 'Not found', 'Too many requests'],
    ]);
  });

  it('is a problem of RFC 9457 with what its status needs and no more', () => {
    expect(problemBody(notFound('rollout r-1'), 'q-1')).toEqual({
      ...{ type: 'urn:fleet-reloader:problem:NOT_FOUND', title: 'Not found', status: 404 },
      ...{ detail: 'rollout r-1 does not exist', errors: [], requestId: 'q-1' },
    });
    const conflict = new Problem(409, 'WRONG_PHASE', 'no', {
      allowed: ['pause'],
      phase: 'Running',
      headers: { a: 'b' },
    });
    expect(problemBody(conflict, 'q-2')).toMatchObject({ allowed: ['pause'], phase: 'Running' });
    expect(Object.keys(problemBody(conflict, 'q-2'))).not.toContain('headers');
    expect(PROBLEM_TYPE).toBe('application/problem+json; charset=utf-8');
  });

  it('names the field that it is about', () => {
    expect(problemBody(invalid('/name', 'is no name'), 'q')).toMatchObject({
      ...{ status: 400, detail: 'is no name', type: 'urn:fleet-reloader:problem:INVALID' },
      errors: [{ pointer: '/name', code: 'INVALID', detail: 'is no name' }],
    });
    expect(invalid('/name', 'x', 'TAKEN')).toMatchObject({ code: 'TAKEN', message: 'x' });
  });
});

describe('the methods of a path', () => {
  const routes = new RouteMethods();
  routes.add('/a', ['GET', 'HEAD']);
  routes.add('/a', ['POST']);
  routes.add('/a/:id', ['DELETE']);
  routes.add('/a/b', ['GET']);
  routes.add('/a/:id/~stop', ['POST']);

  it.each([
    ['/a', ['GET', 'HEAD', 'POST']],
    ['/a/x', ['DELETE']],
    ['/a/b', ['DELETE', 'GET']],
    ['/a/x/~stop', ['POST']],
    ['/a/~stop', []],
    ['/a/', []],
    ['/b', []],
    ['/a/x/y', []],
  ])('%s', (path, methods) => {
    expect(routes.of(path)).toEqual(methods);
  });
});
