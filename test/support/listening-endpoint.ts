import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalEndpoint } from './local-endpoint';

/** A request as it arrived at an endpoint. */
export type Arrival = Readonly<{ method: string; path: string; contentType: string; body: string }>;

/** An HTTP endpoint that keeps what it is told. */
export class ListeningEndpoint extends LocalEndpoint {
  readonly arrivals: Arrival[] = [];
  /** The status of the next answers; null: none is ever given. */
  status: number | null = 200;

  static start(): Promise<ListeningEndpoint> {
    return new ListeningEndpoint().listen();
  }

  protected take(
    { method = '', url: path = '', headers }: IncomingMessage,
    body: string,
    response: ServerResponse,
  ): void {
    this.arrivals.push({ method, path, contentType: headers['content-type'] ?? '', body });
    if (this.status !== null) response.writeHead(this.status).end();
  }
}
