import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeadlineExceeded, HttpPool, type HttpPoolOptions, targetOf, textOf } from './http-pool';

const servers: Server[] = [];
const pools: HttpPool[] = [];
const forever = new AbortController().signal;

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<URL> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

function pool(options: Partial<HttpPoolOptions> = {}): HttpPool {
  const made = new HttpPool({ idleMs: 30_000, ...options });
  pools.push(made);
  return made;
}

const get = (url: URL, signal = forever) => ({ ...targetOf(url), method: 'GET', headers: {}, signal });

afterEach(async () => {
  for (const one of pools.splice(0)) one.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

it('sends one request after the other on one connection, and no more at once than it may', async () => {
  const connections = new Set<unknown>();
  const url = await serve((request, response) => {
    connections.add(request.socket);
    response.end('ä'.repeat(50_000));
  });
  const one = pool({ connections: 1 });
  const texts = await Promise.all([1, 2, 3].map(async () => textOf(await one.send(get(url)))));
  expect(texts.every((text) => text === 'ä'.repeat(50_000))).toBe(true);
  expect(connections.size).toBe(1);
});

it('closes when what is under way has ended', async () => {
  let finish: () => void = () => undefined;
  const url = await serve((_request, response) => {
    response.write('half');
    finish = () => response.end();
  });
  const one = pool();
  const answer = await one.send(get(url));
  const closed = one.close();
  finish();
  expect(await textOf(answer)).toBe('half');
  await closed;
});

it('ends a request when it is told to, before the answer and in the middle of it', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/half') response.write('half');
  });
  const [early, late] = [new AbortController(), new AbortController()];
  const waiting = pool().send(get(url, early.signal));
  early.abort();
  await expect(waiting).rejects.toThrow();
  const answer = await pool().send(get(new URL('/half', url), late.signal));
  const text = textOf(answer);
  late.abort();
  await expect(text).rejects.toThrow();
});

it('ends a request that takes too long, before the answer and in the middle of it', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/half') response.write('half');
  });
  const hurry = { deadlineMs: 50 };
  await expect(pool().send({ ...get(url), ...hurry })).rejects.toBeInstanceOf(DeadlineExceeded);
  const answer = await pool().send({ ...get(new URL('/half', url)), ...hurry });
  await expect(textOf(answer)).rejects.toBeInstanceOf(DeadlineExceeded);
});

it('reaches a server by its IPv6 address, with the credentials of the URL', () => {
  expect(targetOf(new URL('https://me:you@[::1]:8443/a?b=c'))).toEqual({
    address: { protocol: 'https:', hostname: '::1', port: 8443, auth: 'me:you' },
    path: '/a?b=c',
  });
});

it('tells an answer that was cut from one that ended', async () => {
  const url = await serve((request, response) => {
    response.write('half');
    setImmediate(() => request.socket.destroy());
  });
  await expect(pool().send(get(url)).then(textOf)).rejects.toThrow();
});

it('gives up an answer that is longer than it may be', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/end') return response.end('x'.repeat(100));
    const more = setInterval(() => response.write('x'.repeat(100)), 1);
    return response.on('close', () => clearInterval(more));
  });
  expect(await textOf(await pool().send(get(new URL('/end', url))), 100)).toHaveLength(100);
  await expect(textOf(await pool().send(get(url)), 100)).rejects.toThrow('more than 100 bytes');
});

it('goes by the proxy, through a tunnel where the server speaks TLS', async () => {
  const seen: string[] = [];
  const proxyUrl = await serve((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.end('by proxy');
  });
  servers[0]?.on('connect', (request: IncomingMessage, socket: NodeJS.WritableStream) => {
    seen.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  const proxied = pool({ proxyUrl: proxyUrl.href });
  expect(await textOf(await proxied.send(get(new URL('http://somewhere.example/path'))))).toBe('by proxy');
  await expect(proxied.send(get(new URL('https://somewhere.example/path')))).rejects.toThrow();
  expect(seen).toEqual(['GET http://somewhere.example/path', 'CONNECT somewhere.example:443']);
});
