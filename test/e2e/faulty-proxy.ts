import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Cluster } from '@test/control-plane/cluster';
import { kubeconfig } from '@test/control-plane/kubeconfig';

/**
 * What becomes of a request: passed on; kept from the server and never answered; carried out by the server, whose answer
 * reaches nobody; passed on after something else; or answered in the place of the server: a string as it is.
 */
type Fate =
  | 'pass'
  | 'stall'
  | 'swallow'
  | Readonly<{ after: Promise<unknown> }>
  | Readonly<{ code: number; body: unknown; headers?: Readonly<Record<string, string>> }>;

const PREFIX = '/k8s/clusters/c-1';

/** Stands before a real API server and does to it what networks and load balancers do. */
export class FaultyProxy {
  /** Each request seen, as verb and path. */
  readonly requests: string[] = [];
  /** Each request that the server answered and whose answer was swallowed, as verb and path. */
  readonly swallowed: string[] = [];
  /** Connections ever opened. */
  connections = 0;
  private fateOf: (url: string, verb: string) => Fate = () => 'pass';
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

  /** Writes a kubeconfig with the credentials of the cluster's own one, which leads through here; gives its path. */
  async kubeconfigFor({ name, token, kubeconfigPath }: Cluster): Promise<string> {
    const path = `${kubeconfigPath}-through-proxy`;
    await writeFile(path, kubeconfig({ name, server: this.url, token }), { mode: 0o600 });
    return path;
  }

  /** Decides about each new request by its path and query, and by its verb. */
  decide(fateOf: (url: string, verb: string) => Fate): void {
    this.fateOf = fateOf;
  }

  /** Cuts every open answer; `partial` is sent before, as the beginning of a line. */
  cutAll(partial?: string): void {
    for (const [response, freeze] of this.open) {
      freeze(); // what the server sends at this moment would complete the line
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
    const verb = incoming.method ?? '';
    this.requests.push(`${verb} ${path}`);
    this.open.set(outgoing, () => undefined);
    outgoing.on('close', () => this.open.delete(outgoing));
    const fate = this.fateOf(path, verb);
    if (fate === 'pass') this.forward(path, incoming, outgoing);
    else if (fate === 'swallow') this.forward(path, incoming, outgoing, () => this.swallowed.push(`${verb} ${path}`));
    else if (fate === 'stall') return;
    else if ('after' in fate) void fate.after.then(() => this.forward(path, incoming, outgoing));
    else {
      outgoing.writeHead(fate.code, { 'content-type': 'application/json', ...fate.headers });
      outgoing.end(typeof fate.body === 'string' ? fate.body : JSON.stringify(fate.body));
    }
  }

  private forward(path: string, incoming: IncomingMessage, outgoing: ServerResponse, swallow?: () => void): void {
    const headers = { ...incoming.headers, host: new URL(this.target).host };
    const onward = request(new URL(path, this.target), { method: incoming.method, headers, rejectUnauthorized: false });
    onward.on('response', (response) => {
      if (swallow) {
        response.resume().once('end', swallow);
        return;
      }
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
