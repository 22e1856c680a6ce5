import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived at an endpoint. */
export type Arrival = Readonly<{ path: string; contentType: string; body: string }>;

/** An HTTP endpoint that keeps what it is told. */
export class ListeningEndpoint {
  readonly arrivals: Arrival[] = [];
  /** The status of the next answers; null: none is ever given. */
  status: number | null = 200;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ListeningEndpoint> {
    const server = createServer();
    const endpoint = new ListeningEndpoint(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => endpoint.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const contentType = request.headers['content-type'] ?? '';
      this.arrivals.push({ path: request.url ?? '', contentType, body: Buffer.concat(chunks).toString('utf8') });
      if (this.status !== null) response.writeHead(this.status).end();
    });
  }
}
