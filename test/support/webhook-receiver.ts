import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as it came, and whether its signature is right for its id, its time and its body. */
export type Received = Readonly<{ id: string; isSigned: boolean; path: string; body: string }>;

/** A receiver of Standard Webhooks that verifies by itself what it gets. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  /** Statuses of the next answers, in turn; the last one stays. null: no answer is ever given. */
  answers: (number | null)[] = [200];
  private readonly key = randomBytes(24);

  private constructor(private readonly server: Server) {}

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => receiver.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** What a hub is told of it. */
  get settings(): Readonly<{ url: string; secret: string }> {
    const { port } = this.server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/hook`, secret: `whsec_${this.key.toString('base64')}` };
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
      const body = Buffer.concat(chunks).toString('utf8');
      const { 'webhook-id': id, 'webhook-timestamp': sentAt, 'webhook-signature': signature } = request.headers;
      const isRecent = Math.abs(Date.now() / 1000 - Number(sentAt)) < 300;
      const own = createHmac('sha256', this.key)
        .update(`${String(id)}.${String(sentAt)}.${body}`)
        .digest('base64');
      const isSigned = isRecent && signature === `v1,${own}`;
      this.received.push({ id: String(id), isSigned, path: `${request.method} ${request.url}`, body });
      const status = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      if (typeof status === 'number') response.writeHead(status, { location: '/elsewhere' }).end();
    });
  }
}
