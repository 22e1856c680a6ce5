import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isReady, probeText, type Check } from './core/health';
import type { Metrics } from './metrics';

export type Probes = Readonly<{
  ready: () => readonly Check[];
  /** Has everything been in sync once, or is there nothing to wait for? */
  started: () => boolean;
  /** Can this process still make progress? It looks at nothing outside. */
  alive: () => boolean;
}>;

type Reply = Readonly<{ code: number; type: string; text: string }>;

const plain = (code: number, text: string): Reply => ({ code, type: 'text/plain; charset=utf-8', text });

/** Probes and metrics. Liveness is this server answering at all, unless nothing but a new start can help; it never looks at a dependency. */
export class OpsServer {
  private readonly server: Server;

  constructor(
    private readonly probes: Probes,
    private readonly metrics: Metrics,
  ) {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.requestTimeout = 10_000;
    this.server.headersTimeout = 5_000;
  }

  /** The port that is listened on. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, () => {
        const address = this.server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await this.reply(request).catch(() => plain(500, 'internal error\n'));
    response.writeHead(reply.code, { 'content-type': reply.type, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : reply.text);
  }

  private async reply(request: IncomingMessage): Promise<Reply> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://ops');
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'only GET\n');
    switch (pathname) {
      case '/livez':
      case '/healthz':
        return this.probes.alive() ? plain(200, 'ok\n') : plain(500, 'the leadership is lost\n');
      case '/live':
        return this.probes.alive() ? plain(200, 'alive') : plain(500, 'the leadership is lost');
      case '/startupz':
        return this.probes.started() ? plain(200, 'ok\n') : plain(503, 'not started yet\n');
      case '/readyz':
        return this.readyz(searchParams.has('verbose'));
      case '/metrics':
        return { code: 200, type: this.metrics.contentType, text: await this.metrics.text() };
      default:
        return plain(404, 'not found\n');
    }
  }

  private readyz(verbose: boolean): Reply {
    const checks = this.probes.ready();
    const ready = isReady(checks);
    return plain(ready ? 200 : 503, ready && !verbose ? 'ok\n' : probeText('readyz', checks));
  }
}
