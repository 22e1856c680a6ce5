import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { setting } from '../environment';

/**
 * Where our ports begin: below those that the system gives to outgoing connections, so that none of these comes in
 * between. Every worker of Jest has its own share, so that no two pick the same.
 */
const FIRST_PORT = 11_000;
const SHARE = 600;
const SHARES = 32;

let next = Date.now() % SHARE;

/** Ports on 127.0.0.1 that were free a moment ago, all different: each is held until the last is known. */
export async function freePorts(count: number): Promise<number[]> {
  const held: { port: number; server: Server }[] = [];
  for (let tries = 0; held.length < count && tries < SHARE; tries += 1) {
    const port = candidate();
    const server = await listen(port);
    if (server) held.push({ port, server });
  }
  if (held.length < count) throw new Error(`no ${count} free ports among ${SHARE} from ${FIRST_PORT} on`);
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return held.map(({ port }) => port);
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

function candidate(): number {
  const worker = Number(setting('JEST_WORKER_ID') ?? process.pid) % SHARES;
  next = (next + 1) % SHARE;
  return FIRST_PORT + worker * SHARE + next;
}

/** Undefined: somebody has it. */
function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
