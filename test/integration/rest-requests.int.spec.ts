import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Ask, ask } from './rest-hub';
import { SharedHub } from './shared-hub';

/** Requests as such: what is malformed, unknown, too large or repeated. */
type Case = [what: string, request: string, how: Ask, status: number, code: string, pointer: string | undefined];
/** Every row as long as the others: Jest takes a missing last column for a callback. */
const cases = (rows: readonly (readonly [string, string, Ask, number, string, string?])[]): Case[] =>
  rows.map(([what, request, how, status, code, pointer]) => [what, request, how, status, code, pointer]);

describe('requests to the API', () => {
  const hub = SharedHub.forAllTests();

  const newToken = { name: 'x', role: 'viewer' };
  const plain = { 'Content-Type': 'text/plain' };
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

  const EXPLAIN = 'GET /explain?cluster=a&namespace=shop&kind=Deployment&name=web';

  it.each<Case>(
    cases([
      ['an unknown field', 'POST /tokens', { body: { ...newToken, extra: 1 } }, 400, 'INVALID', '/extra'],
      ['a field of the wrong type', 'POST /tokens', { body: { name: 1, role: 'viewer' } }, 400, 'INVALID', '/name'],
      ['a field below another', 'PATCH /clusters/a', { body: { labels: { env: 7 } } }, 400, 'INVALID', '/labels/env'],
      [
        'a label without a key',
        'PATCH /clusters/a',
        { body: { labels: { 'a b': 'c' } } },
        400,
        'INVALID',
        '/labels/a b',
      ],
      [
        'a label that none can name',
        'POST /enrolment-tokens',
        { body: { labels: { '=': '' } } },
        400,
        'INVALID',
        '/labels/=',
      ],
      ['a source that is none', `${EXPLAIN}&source=Pod/db`, {}, 400, 'INVALID', '?source'],
      ['a source of another namespace', `${EXPLAIN}&source=Secret/other/db`, {}, 400, 'INVALID', '?source'],
      ['an unknown query parameter', 'GET /clusters?colour=red', {}, 400, 'INVALID', '?colour'],
      [
        'a name that would steer a terminal',
        'POST /tokens',
        { body: { ...newToken, name: 'a\u001b[2J' } },
        400,
        'INVALID',
        '/name',
      ],
      ['a cursor that no page gave', 'GET /rollouts?cursor=r-1', {}, 400, 'INVALID', '?cursor'],
      ['a limit that is none', 'GET /clusters?limit=0', {}, 400, 'INVALID', '?limit'],
      ['a limit given twice', 'GET /clusters?limit=1&limit=2', {}, 400, 'INVALID', '?limit'],
      ['a selector that can not be read', 'GET /clusters?labelSelector=a+in', {}, 400, 'INVALID', '?labelSelector'],
      ['a body that is not JSON', 'POST /tokens', { body: '{"name":' }, 400, 'BAD_REQUEST'],
      [
        'a body that would change prototypes',
        'POST /tokens',
        { body: '{"__proto__":{},"name":"x","role":"viewer"}' },
        400,
        'BAD_REQUEST',
      ],
      ['a body that is no object', 'POST /tokens', { body: '[1]' }, 400, 'INVALID', ''],
      [
        'YAML that is none',
        'POST /tokens',
        { body: 'a: [', headers: { 'Content-Type': 'application/yaml' } },
        400,
        'YAML',
        '',
      ],
      [
        'YAML that unfolds',
        'POST /tokens',
        { body: 'a: &a [1]\nb: *a', headers: { 'Content-Type': 'application/yaml' } },
        400,
        'YAML',
        '',
      ],
      ['a body too large', 'POST /tokens', { body: { name: 'x'.repeat(300_000) } }, 413, 'BODY_TOO_LARGE'],
      ['plain text', 'POST /tokens', { body: 'x', headers: plain }, 415, 'CONTENT_TYPE_NOT_SUPPORTED'],
      ['a form', 'POST /tokens', { body: 'name=x', headers: form }, 415, 'CONTENT_TYPE_NOT_SUPPORTED'],
      ['a path that leads nowhere', 'GET /clustres', {}, 404, 'NOT_FOUND'],
      ['a path outside the API', 'GET /api', {}, 404, 'NOT_FOUND'],
      ['a verb that there is not', 'POST /rollouts/r-1:explode', {}, 404, 'NOT_FOUND'],
      ['the inner form of a verb', 'POST /rollouts/r-1/~pause', {}, 404, 'NOT_FOUND'],
      ['an address that can not be read', 'GET /api/v1/%zz', {}, 400, 'ADDRESS'],
      ['a cluster that there is not', 'POST /clusters/nowhere:drain', {}, 404, 'NOT_FOUND'],
      ['a rollout that there is not', 'GET /rollouts/r-none', {}, 404, 'NOT_FOUND'],
      ['a skip without a target', 'POST /rollouts/r-1:skip', { body: { reason: 'x' } }, 400, 'INVALID', ''],
      ['a skip without a reason', 'POST /rollouts/r-1:skip', { body: { wave: 'one' } }, 400, 'INVALID', '/reason'],
      ['two names for one filter', 'GET /rollouts?phase=Running&state=Running', {}, 400, 'INVALID', '?state'],
      [
        'a start of what nobody uses',
        'POST /rollouts',
        { body: { source: { kind: 'Secret', namespace: 'a', name: 'b' }, reason: 'x' } },
        409,
        'NOT_STARTED',
        '/source',
      ],
      [
        'an Idempotency-Key with spaces',
        'POST /tokens',
        { body: newToken, headers: { 'Idempotency-Key': 'a b' } },
        400,
        'INVALID',
      ],
      [
        'a Last-Event-ID that is none',
        'GET /events',
        { headers: { 'Last-Event-ID': 'x' } },
        400,
        'INVALID',
        'Last-Event-ID',
      ],
    ]),
  )('%s is a problem that says where it lies', async (...[, request, how, status, code, pointer]) => {
    const answer = await ask(hub, request, how);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer).toMatchObject({
      status,
      body: { status, type: `urn:fleet-reloader:problem:${code}`, requestId: expect.any(String) },
    });
    if (pointer !== undefined)
      expect(answer.body).toMatchObject({ errors: expect.arrayContaining([expect.objectContaining({ pointer })]) });
  });

  it.each([
    ['GET', 'connect', 404, 'UPGRADE_REQUIRED'],
    ['POST', 'sync', 501, 'NOT_SUPPORTED_YET'],
  ])('%s to the %s of agents without a WebSocket say what is wrong', async (method, path, status, code) => {
    const answer = await fetch(`${hub.url}/agent/v1/${path}`, { method });
    expect([answer.status, await answer.json()]).toEqual([
      status,
      expect.objectContaining({ type: `urn:fleet-reloader:problem:${code}` }),
    ]);
  });

  it.each([
    ['PUT /rollouts', 'GET, HEAD, POST'],
    ['DELETE /rollouts/r-1', 'GET, HEAD'],
    ['GET /rollouts/r-1:pause?x=1', 'POST'],
    ['OPTIONS /policies/p', 'DELETE, GET, HEAD, PUT'],
  ])('%s: the path is told to take %s', async (request, methods) => {
    const answer = await ask(hub, request, { token: null });
    expect(answer.headers.get('allow')).toBe(methods);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const type = 'urn:fleet-reloader:problem:METHOD_NOT_ALLOWED';
    expect(answer).toMatchObject({ status: 405, body: { type, detail: expect.stringContaining(methods) } });
  });

  it('may leave out a body in which nothing is needed, and name a source in full', async () => {
    const made = await ask(hub, 'POST /enrolment-tokens');
    expect(made.status).toBe(201);
    await ask(hub, `DELETE /enrolment-tokens/${(made.body as { id: string }).id}`);
    const longest = `SecretProviderClass/shop/${'s'.repeat(253)}`;
    for (const source of ['Secret/db', 'Secret/shop/db', longest])
      expect((await ask(hub, `${EXPLAIN}&source=${source}`)).status).toBe(200);
  });

  it('may take forms that clients give them', async () => {
    const Accept = 'application/json';
    const forms: readonly [string, Ask][] = [
      ['GET /clusters/?limit=100000', {}],
      ['HEAD /events', {}],
      ['GET /events', { headers: { Accept } }],
      [
        'POST /policies%3Avalidate',
        { body: 'rollout: all', headers: { 'Content-Type': 'text/x-yaml; charset=utf-8' } },
      ],
    ];
    for (const [request, how] of forms)
      expect([request, (await ask(hub, request, how)).status]).toEqual([request, 200]);
    const nothing = await ask(hub, 'POST /rollouts/r-none:pause', { body: '', headers: form });
    expect(nothing.status).toBe(404);
    const made = await ask(hub, 'POST /enrolment-tokens', {
      body: { cluster: null, ttl: null },
      headers: { 'Idempotency-Key': 'k'.repeat(255) },
    });
    expect(made.status).toBe(201);
    await ask(hub, `DELETE /enrolment-tokens/${(made.body as { id: string }).id}`);
  });

  it('keep a harmless request id and replace any other', async () => {
    const kept = await ask(hub, 'GET /clusters', { headers: { 'X-Request-Id': 'mine-1' } });
    expect(kept.headers.get('x-request-id')).toBe('mine-1');
    const replaced = await ask(hub, 'GET /nowhere', { headers: { 'X-Request-Id': 'a b<c>' } });
    expect(replaced.body).toMatchObject({ requestId: replaced.headers.get('x-request-id') });
    expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['no HTTP', 'NO HTTP\r\n\r\n', 400, 'REQUEST'],
    [
      'heads that are too large',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
  ])('that are %s are problems like others, and end their connection', async (_what, request, status, code) => {
    const { hostname, port } = new URL(hub.url);
    const socket = connect(Number(port), hostname);
    socket.write(request);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*application/problem\\+json`, 's'));
    expect(JSON.parse(body)).toMatchObject({ type: `urn:fleet-reloader:problem:${code}`, status, errors: [] });
  });

  it('with one Idempotency-Key take effect once, however many come at the same time', async () => {
    const headers = { 'Idempotency-Key': 'fifty' };
    const before = await ask(hub, 'GET /audit');
    const body = { ttl: '1h', labels: { env: 'dev' } };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => ask(hub, 'POST /enrolment-tokens', { body, headers })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    // The one answer held a credential, which is shown once; the others learn that it was given.
    expect(statuses).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
    const listed = await ask(hub, 'GET /enrolment-tokens');
    expect(listed.body).toMatchObject({ items: [expect.objectContaining({ labels: { env: 'dev' } })] });
    const after = await ask(hub, 'GET /audit');
    expect(entries(after.body) - entries(before.body)).toBe(1);
  });

  it('with a used Idempotency-Key but another content are refused', async () => {
    const headers = { 'Idempotency-Key': 'twice' };
    expect((await ask(hub, 'POST /tokens', { body: newToken, headers })).status).toBe(201);
    expect(await ask(hub, 'POST /tokens', { body: { ...newToken, role: 'admin' }, headers })).toMatchObject({
      status: 422,
    });
  });

  it('that fail free their Idempotency-Key', async () => {
    const headers = { 'Idempotency-Key': 'failing' };
    expect((await ask(hub, 'POST /tokens', { body: { name: 'x' }, headers })).status).toBe(400);
    expect((await ask(hub, 'POST /tokens', { body: newToken, headers })).status).toBe(201);
  });

  it('for the OpenAPI document get every route as people write it, with its problems', async () => {
    const { status, body } = await ask(hub, 'GET /openapi.json', { token: null });
    expect(status).toBe(200);
    const document = body as { paths: Record<string, Record<string, { responses: object }>> };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/rollouts/{id}:pause',
        '/api/v1/clusters/{name}:drain',
        '/api/v1/rollouts/{id}/events',
      ]),
    );
    expect(Object.keys(document.paths).filter((path) => path.includes('~') || !path.startsWith('/api/v1'))).toEqual([]);
    for (const operations of Object.values(document.paths)) {
      for (const { responses } of Object.values(operations))
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '404', '409', '503']));
    }
  });

  it('for the human pages are answered without a token, and load nothing from elsewhere', async () => {
    const page = await fetch(`${hub.url}/docs`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect((await fetch(`${hub.url}/docs/swagger-ui-bundle.js`)).status).toBe(200);
  });
});

const entries = (body: unknown): number => (body as { items: unknown[] }).items.length;
