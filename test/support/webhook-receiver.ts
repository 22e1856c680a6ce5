import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalEndpoint } from './local-endpoint';

/** A message as it came, and whether its signature is right for its id, its time and its body. */
export type Received = Readonly<{ id: string; isSigned: boolean; path: string; body: string }>;

/** A receiver of Standard Webhooks that verifies by itself what it gets. */
export class WebhookReceiver extends LocalEndpoint {
  readonly received: Received[] = [];
  /** Statuses of the next answers, in turn; the last one stays. null: no answer is ever given. */
  answers: (number | null)[] = [200];
  private readonly key = randomBytes(24);

  static start(): Promise<WebhookReceiver> {
    return new WebhookReceiver().listen();
  }

  /** What a hub is told of it. */
  get settings(): Readonly<{ url: string; secret: string }> {
    return { url: `${this.url}/hook`, secret: `whsec_${this.key.toString('base64')}` };
  }

  protected take(request: IncomingMessage, body: string, response: ServerResponse): void {
    const { 'webhook-id': id, 'webhook-timestamp': sentAt, 'webhook-signature': signature } = request.headers;
    const isRecent = Math.abs(Date.now() / 1000 - Number(sentAt)) < 300;
    const own = createHmac('sha256', this.key)
      .update(`${String(id)}.${String(sentAt)}.${body}`)
      .digest('base64');
    const isSigned = isRecent && signature === `v1,${own}`;
    this.received.push({ id: String(id), isSigned, path: `${request.method} ${request.url}`, body });
    const status = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (typeof status === 'number') response.writeHead(status, { location: '/elsewhere' }).end();
  }
}
