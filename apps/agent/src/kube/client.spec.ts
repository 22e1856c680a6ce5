import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeClient } from './client';

const seen: string[] = [];
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.method ?? '');
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

it('agent 186: sends nothing but GET while another replica leads', async () => {
  let leads = true;
  const credentials = { kind: 'none' } as const;
  const access = {
    server: url,
    ca: null,
    cert: null,
    key: null,
    credentials,
    insecure: false,
    servername: null,
    proxyUrl: null,
  };
  const client = new KubeClient({ access, userAgent: 'test', mayWrite: () => leads });
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
