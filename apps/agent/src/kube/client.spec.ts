import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeClient } from './client';
import type { ClusterAccess } from './kubeconfig';

const seen: string[] = [];
/** In the place of an empty object; headers: those of a refusal. */
const answers: (string | Readonly<Record<string, string>>)[] = [];
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.method ?? '');
    const answer = answers.shift() ?? '{}';
    if (typeof answer === 'string') response.end(answer);
    else response.writeHead(503, answer).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const access = (): ClusterAccess => ({
  server: url,
  ca: null,
  cert: null,
  key: null,
  credentials: { kind: 'none' },
  insecure: false,
  servername: null,
  proxyUrl: null,
});

it('agent 186: sends nothing but GET while another replica leads', async () => {
  let leads = true;
  const client = new KubeClient({ access: access(), userAgent: 'test', mayWrite: () => leads });
  expect((await client.request({ verb: 'PATCH', path: '/a', body: {} })).ok).toBe(true);
  leads = false;
  for (const verb of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    expect(await client.request({ verb, path: '/a', body: {} })).toMatchObject({
      ok: false,
      failure: { kind: 'unreachable', message: expect.stringContaining('another replica leads') as string },
    });
  }
  expect((await client.request({ verb: 'GET', path: '/a' })).ok).toBe(true);
  expect(seen).toEqual(['PATCH', 'GET']);
  await client.close();
});

it.each(['{"data":{"password":hunter2', '{"data":{"password":"hunter2"', '<html>hunter2</html>', 'hunter2'])(
  'says of an answer that is no JSON nothing but that: %s',
  async (answer) => {
    const client = new KubeClient({ access: access(), userAgent: 'test' });
    answers.push(answer);
    const failure = {
      kind: 'unreachable',
      reason: 'MalformedAnswer',
      message: expect.stringContaining('no whole JSON'),
    };
    const answered = await client.request({ verb: 'GET', path: '/a' });
    expect(answered).toMatchObject({ ok: false, failure });
    expect(JSON.stringify(answered) + (client.unreachableBecause() ?? '')).not.toContain('hunter2');
    expect(await client.request({ verb: 'GET', path: '/a' })).toEqual({ ok: true, value: {} });
    expect(client.unreachableBecause()).toBeNull();
    await client.close();
  },
);

it.each([-6, 6])('waits as long as the server asks for, whose clock is %d hours off', async (hours) => {
  const client = new KubeClient({ access: access(), userAgent: 'test' });
  const there = Math.floor(Date.now() / 1000) * 1000 + hours * 3_600_000;
  const at = (ms: number): string => new Date(ms).toUTCString();
  answers.push({ date: at(there), 'retry-after': at(there + 7000) });
  const answer = await client.request({ verb: 'GET', path: '/a' });
  expect(answer).toMatchObject({ ok: false, failure: { code: 503, retryAfterMs: 7000 } });
  await client.close();
});
