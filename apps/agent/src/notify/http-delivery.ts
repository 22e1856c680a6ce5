import { Agent, ProxyAgent, request } from 'undici';
import type { Letter } from './core/alert';
import type { Delivery } from './mailbox';

/** An endpoint that has not answered by then has hung. */
const DEADLINE_MS = 10_000;

export type Endpoint = Readonly<{
  url: URL;
  proxy: URL | null;
  /** Is an answer with this status a success? */
  isTaken: (status: number) => boolean;
}>;

/** POSTs letters to one address. */
export class HttpDelivery {
  readonly #dispatcher: Agent | ProxyAgent;

  constructor(private readonly endpoint: Endpoint) {
    this.#dispatcher = endpoint.proxy ? new ProxyAgent(endpoint.proxy.href) : new Agent();
  }

  async deliver({ contentType, body }: Letter, signal: AbortSignal): Promise<Delivery> {
    const { url, isTaken } = this.endpoint;
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body,
        dispatcher: this.#dispatcher,
        signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
      });
      await answer.body.dump();
      return deliveryOf(answer.statusCode, isTaken(answer.statusCode));
    } catch (error) {
      return { kind: 'failed', why: whyOf(error) };
    }
  }
}

function deliveryOf(status: number, isTaken: boolean): Delivery {
  if (isTaken) return { kind: 'taken' };
  return { kind: status === 429 || status >= 500 ? 'failed' : 'refused', why: `the endpoint answered ${status}` };
}

/** The code alone: messages hold the address. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  if (error.name === 'TimeoutError') return `no answer within ${DEADLINE_MS / 1000} s`;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
