import { DeadlineExceeded, HttpPool, targetOf } from '../platform/http-pool';
import type { Letter } from './core/alert';
import type { Delivery } from './mailbox';

/** An endpoint that has not answered by then has hung. */
const DEADLINE_MS = 10_000;
const IDLE_MS = 5_000;
const TOO_LATE = `no answer within ${DEADLINE_MS / 1000} s`;

export type Endpoint = Readonly<{
  url: URL;
  proxy: URL | null;
  /** Is an answer with this status a success? */
  isTaken: (status: number) => boolean;
}>;

/** POSTs letters to one address. */
export class HttpDelivery {
  readonly #pool: HttpPool;

  constructor(private readonly endpoint: Endpoint) {
    this.#pool = new HttpPool({ idleMs: IDLE_MS, proxyUrl: endpoint.proxy?.href ?? null });
  }

  async deliver({ contentType, body }: Letter, signal: AbortSignal): Promise<Delivery> {
    const { url, isTaken } = this.endpoint;
    try {
      const { status, body: answer } = await this.#pool.send({
        ...targetOf(url),
        method: 'POST',
        headers: { 'content-type': contentType },
        body,
        signal,
        deadlineMs: DEADLINE_MS,
      });
      answer.on('error', () => undefined).resume(); // what it says is of no interest, and whether it ends neither
      return deliveryOf(status, isTaken(status));
    } catch (error) {
      return { kind: 'failed', why: error instanceof DeadlineExceeded ? TOO_LATE : whyOf(error) };
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
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
