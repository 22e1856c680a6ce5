import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What becomes of a request: passed on, answered with an error, or never answered. */
type Fate = 'pass' | 'stall' | Readonly<{ code: number; body: unknown; headers?: Readonly<Record<string, string>> }>;

const PREFIX = '/k8s/clusters/c-1';

/** Stands before a real API server and does to it what networks and load balancers do. */
export class FaultyProxy {
  /** Each request seen, as verb and path. */
  readonly requests: string[] = [];
  /** Connections ever opened. */
  connections = 0;
  private fateOf: (url: string) => Fate = () => 'pass';
  /** Open answers, and how to stop what flows into each. */
  private readonly open = new Map<ServerResponse, () => void>();
  private readonly server = createServer((incoming, outgoing) => this.handle(incoming, outgoing));

  private constructor(private readonly target: string) {
    this.server.on('connection', () => (this.connections += 1));
  }

  static async start(target: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** Ends in a path prefix, as some real ones do. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${PREFIX}/`;
  }

  /** Decides about each new request by its path and query. */
  decide(fateOf: (url: string) => Fate): void {
    this.fateOf = fateOf;
  }

  /** Cuts every open answer; `partial` is sent before, as the beginning of a line. */
  cutAll(partial?: string): void {
    for (const response of this.open.keys()) {
      if (partial !== undefined) response.write(partial);
      setImmediate(() => response.destroy());
    }
  }

  /** Every open answer says no more, and is not closed: a dead peer. */
  freezeAll(): void {
    for (const freeze of this.open.values()) freeze();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private handle(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const path = (incoming.url ?? '').slice(PREFIX.length);
    this.requests.push(`${incoming.method ?? ''} ${path}`);
    this.open.set(outgoing, () => undefined);
    outgoing.on('close', () => this.open.delete(outgoing));
    const fate = this.fateOf(path);
    if (fate === 'pass') this.forward(path, incoming, outgoing);
    else if (fate !== 'stall') {
      outgoing.writeHead(fate.code, { 'content-type': 'application/json', ...fate.headers });
      outgoing.end(JSON.stringify(fate.body));
    }
  }

  private forward(path: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const headers = { ...incoming.headers, host: new URL(this.target).host };
    const onward = request(new URL(path, this.target), { method: incoming.method, headers, rejectUnauthorized: false });
    onward.on('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      outgoing.flushHeaders();
      response.on('error', () => outgoing.destroy()).pipe(outgoing);
      this.open.set(outgoing, () => response.unpipe(outgoing));
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}
