import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What becomes of a request: passed on, answered with an error, or never answered. */
type Fate = 'pass' | 'stall' | Readonly<{ code: number; body: unknown; headers?: Readonly<Record<string, string>> }>;

export type FaultyProxy = Readonly<{
  /** Ends in a path prefix, as some real ones do. */
  url: string;
  /** Decides about each new request by its path and query. */
  decide(fate: (url: string) => Fate): void;
  /** Cuts every open answer; `partial` is sent before, as the beginning of a line. */
  cutAll(partial?: string): void;
  /** Every open answer says no more, and is not closed: a dead peer. */
  freezeAll(): void;
  requests(): readonly string[];
  /** Connections ever opened. */
  connections(): number;
  close(): Promise<void>;
}>;

const PREFIX = '/k8s/clusters/c-1';

/** Stands before a real API server and does to it what networks and load balancers do. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  let fateOf: (url: string) => Fate = () => 'pass';
  const open = new Map<ServerResponse, () => void>();
  const seen: string[] = [];
  const forward = new URL(target).protocol === 'https:' ? httpsRequest : httpRequest;

  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const path = (incoming.url ?? '').slice(PREFIX.length);
    seen.push(`${incoming.method ?? ''} ${path}`);
    open.set(outgoing, () => undefined);
    outgoing.on('close', () => open.delete(outgoing));
    const fate = fateOf(path);
    if (fate === 'stall') return;
    if (fate !== 'pass') {
      outgoing
        .writeHead(fate.code, { 'content-type': 'application/json', ...fate.headers })
        .end(JSON.stringify(fate.body));
      return;
    }
    const onward = forward(new URL(path, target), {
      method: incoming.method,
      headers: { ...incoming.headers, host: new URL(target).host },
      rejectUnauthorized: false,
    });
    onward.on('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      outgoing.flushHeaders();
      response.on('error', () => outgoing.destroy()).pipe(outgoing);
      open.set(outgoing, () => response.unpipe(outgoing));
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  };
  const server = createServer(handle);
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${PREFIX}/`,
    decide: (next) => (fateOf = next),
    cutAll: (partial) => {
      for (const response of open.keys()) {
        if (partial !== undefined) response.write(partial);
        setImmediate(() => response.destroy());
      }
    },
    freezeAll: () => {
      for (const freeze of open.values()) freeze();
    },
    requests: () => seen,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
