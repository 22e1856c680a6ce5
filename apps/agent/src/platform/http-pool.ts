import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, type AgentOptions, request as requestHttps } from 'node:https';
import { createSecureContext } from 'node:tls';
import { urlToHttpOptions } from 'node:url';

export type Tls = Readonly<
  Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'> & Record<string, unknown>
>;

export type HttpPoolOptions = Readonly<{
  /** More requests at once than this wait for a free connection; without it none does. */
  connections?: number;
  /** An idle connection is closed after this time, ms. */
  idleMs: number;
  tls?: Tls;
  /** http: or https:; `null`: straight to the server. */
  proxyUrl?: string | null;
}>;

/** A server, and who asks there. */
export type Address = Readonly<Pick<RequestOptions, 'protocol' | 'hostname' | 'port' | 'auth'>>;

export type HttpRequest = Readonly<{
  address: Address;
  /** With its query. */
  path: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
  /** Ends the request at any time, also while its answer is being read. */
  signal?: AbortSignal;
  /** Longest time until the whole answer is there, ms; without it there is none. */
  deadlineMs?: number;
}>;

/** Where a URL leads: to be worked out once for many requests to one server. */
export function targetOf(url: URL): Pick<HttpRequest, 'address' | 'path'> {
  const { protocol, hostname, port, auth, path } = urlToHttpOptions(url);
  return { address: { protocol, hostname, ...(port ? { port } : {}), ...(auth ? { auth } : {}) }, path: path ?? '/' };
}

/** Node's own names a connection by all its certificates, at each request; here they are the same for all. */
class OneContextAgent extends HttpsAgent {
  override getName({ host, port, localAddress, servername }: RequestOptions & { servername?: string } = {}): string {
    return [host, port, localAddress, servername].join(':');
  }
}

/** The answer was not there in time. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** The head of an answer, and its body to come: read it to the end, or destroy it. */
export type HttpAnswer = Readonly<{ status: number; headers: IncomingHttpHeaders; body: IncomingMessage }>;

/**
 * Connections that are kept and used again. On Node's own client, which is in the process anyway: another one
 * would cost more memory than everything that we keep of a cluster.
 */
export class HttpPool {
  readonly #plain: HttpAgent;
  readonly #tls: HttpsAgent;
  readonly #underWay = new Set<ClientRequest>();
  #whenIdle: (() => void)[] = [];

  constructor({ connections, idleMs, tls, proxyUrl }: HttpPoolOptions) {
    const options = {
      keepAlive: true,
      keepAliveMsecs: idleMs,
      timeout: idleMs,
      ...(connections === undefined ? {} : { maxSockets: connections, maxFreeSockets: connections }),
      ...(proxyUrl ? { proxyEnv: { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl } } : {}),
    };
    this.#plain = new HttpAgent(options);
    // One context for all connections: each would read the certificates anew, and keep them.
    this.#tls = new OneContextAgent({ ...options, ...tls, secureContext: createSecureContext(tls) });
  }

  /**
   * Resolves when the head of the answer is there.
   * @throws Error when there is none: the connection failed, or `signal` ended it. DeadlineExceeded when it took too long.
   */
  send(request: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const call = this.#begin(request, (body) =>
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body }),
      );
      this.#underWay.add(call);
      // Stays after the head of the answer is there: whatever happens then shows in the body, too.
      call.on('error', reject);
      call.once('close', () => this.#ended(call));
      call.end(request.body);
    });
  }

  #begin({ deadlineMs, ...request }: HttpRequest, answered: (body: IncomingMessage) => void): ClientRequest {
    const { address, path, method, headers, body, signal } = request;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = { ...address, path, method, headers: { ...headers, ...length }, ...(signal ? { signal } : {}) };
    const call =
      address.protocol === 'https:'
        ? requestHttps({ ...options, agent: this.#tls }, answered)
        : requestHttp({ ...options, agent: this.#plain }, answered);
    return deadlineMs === undefined ? call : within(deadlineMs, call);
  }

  /** Resolves when the requests under way have ended; keeps no connection. */
  async close(): Promise<void> {
    if (this.#underWay.size > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    this.destroy();
  }

  /** Cuts everything. */
  destroy(): void {
    for (const call of this.#underWay) call.destroy();
    this.#plain.destroy();
    this.#tls.destroy();
  }

  #ended(call: ClientRequest): void {
    this.#underWay.delete(call);
    if (this.#underWay.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

/** With a timer of our own: a signal for the deadline of each call costs more than the rest of its making. */
function within(deadlineMs: number, call: ClientRequest): ClientRequest {
  let answer: IncomingMessage | undefined;
  const timer = setTimeout(() => {
    const late = new DeadlineExceeded(`no whole answer within ${deadlineMs} ms`);
    answer?.destroy(late);
    call.destroy(late);
  }, deadlineMs);
  call.once('response', (body: IncomingMessage) => (answer = body));
  return call.once('close', () => clearTimeout(timer));
}

const connectionCut = (): Error => new Error('the connection was cut');

/**
 * The whole body as text.
 * @param most bytes that it may have.
 * @throws Error when it does not come to its end, or has more.
 */
export const textOf = ({ body }: HttpAnswer, most = Number.POSITIVE_INFINITY): Promise<string> =>
  new Promise((resolve, reject) => {
    if (body.destroyed) return reject(body.errored ?? connectionCut());
    const chunks: Buffer[] = [];
    let length = 0;
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > most) body.destroy(new Error(`the answer has more than ${most} bytes`));
    });
    body.once('end', () => resolve(Buffer.concat(chunks).toString()));
    body.once('close', () => {
      if (!body.readableEnded) reject(connectionCut());
    });
    body.once('error', reject);
  });

export interface ByteStream {
  /**
   * Hands over each chunk the moment it comes, until `take` says no more. Resolves then, or when the stream ends in
   * order. @throws Error when it is cut, or what `take` threw.
   */
  read(take: (chunk: Uint8Array) => boolean): Promise<void>;
}

/** The body, without a queue between the connection and who reads: nothing piles up, and no chunk grows old. */
export const streamOf = ({ body }: HttpAnswer): ByteStream => ({
  read: (take) =>
    new Promise((resolve, reject) => {
      const finish = (end: () => void): void => {
        body.removeAllListeners('data');
        end();
        body.destroy();
      };
      body.once('end', resolve);
      body.once('close', () => reject(connectionCut()));
      body.on('error', reject);
      body.on('data', (chunk: Buffer) => {
        try {
          if (!take(chunk)) finish(resolve);
        } catch (error) {
          finish(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      });
    }),
});
