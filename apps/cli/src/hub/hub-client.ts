import type { Problem } from '@app/contracts/api/views';
import { parseJson } from '@app/contracts/parse-json';
import { Agent, request, type Dispatcher } from 'undici';
import { CommandFailure, TimeoutFailure } from '../failure';
import { type HubEvent, readEvents } from './event-stream';
import { HubProblem } from './hub-problem';

/** Where the hub is, who asks, and how long one request may take. */
export type HubTarget = Readonly<{
  url: string;
  token: string | null;
  /** PEM text of the authority that signed the hub's certificate; null: those that Node knows. */
  ca: string | null;
  requestTimeoutMs: number;
  /** Ends every request. */
  signal: AbortSignal;
}>;

export type Query = Readonly<Record<string, string | number | undefined>>;
export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Headers = Readonly<Record<string, string>>;
type Asked = Readonly<{
  method: Dispatcher.HttpMethod;
  path: string;
  query?: Query;
  body?: unknown;
  headers?: Headers;
}>;

const API = '/api/v1';
/** The hub sends a heartbeat every 15 s: silence for longer is a dead connection. */
const SILENCE_MS = 60_000;
/** What OpenSSL says when it is answered in clear text. */
const NO_TLS = /wrong version number|packet length too long/;

/** The hub's REST API. Paths start behind `/api/v1`: `/clusters`. What it answers is taken at its word. */
export class HubClient {
  private readonly dispatcher: Agent;

  constructor(private readonly target: HubTarget) {
    this.dispatcher = new Agent(target.ca === null ? {} : { connect: { ca: target.ca } });
  }

  get url(): string {
    return this.target.url;
  }

  /** @throws HubProblem when it refuses, CommandFailure when it can not be reached. */
  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.exchange<T>({ method: 'GET', path, query });
  }

  /** Every item of a list, over all its pages. */
  async list<T>(path: string, query: Query = {}): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await this.get<Page<T>>(path, { limit: 500, ...query, cursor });
      if (!Array.isArray(page.items)) throw this.noHub();
      items.push(...page.items);
      if (page.nextCursor === null) return items;
      cursor = page.nextCursor;
    }
  }

  /** `body` is sent as JSON; a string under a `content-type` of its own as it is. */
  send<T>(method: Method, path: string, body?: unknown, headers: Headers = {}): Promise<T> {
    return this.exchange<T>({ method, path, body, headers });
  }

  /**
   * Server-sent events until the hub ends the stream or the signal comes. To go on behind an event that was seen,
   * call again with its id.
   */
  async *events(
    path: string,
    options: Readonly<{ lastEventId?: string; signal?: AbortSignal }> = {},
  ): AsyncGenerator<HubEvent> {
    const signals = [this.target.signal, ...(options.signal ? [options.signal] : [])];
    const answer = await this.dispatch(
      {
        method: 'GET',
        path,
        headers: {
          accept: 'text/event-stream',
          ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
        },
      },
      AbortSignal.any(signals),
    );
    if (answer.statusCode >= 300) throw await this.refusal(answer);
    yield* readEvents(answer.body);
  }

  private async exchange<T>(asked: Asked): Promise<T> {
    const { signal, requestTimeoutMs } = this.target;
    const answer = await this.dispatch(asked, AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]));
    if (answer.statusCode >= 300) throw await this.refusal(answer);
    const text = await answer.body.text().catch((error: unknown) => {
      throw this.unreachable(error);
    });
    // Only what changes something may be answered with nothing.
    return (text === '' && asked.method !== 'GET' ? undefined : this.parse(text)) as T;
  }

  private async dispatch(asked: Asked, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { method, path, query, body, headers } = asked;
    const encoded = encode(body, headers);
    try {
      return await request(this.address(path, query), {
        method,
        dispatcher: this.dispatcher,
        headers: { accept: 'application/json', ...this.authorization(), ...encoded.headers, ...headers },
        body: encoded.body,
        signal,
        bodyTimeout: SILENCE_MS,
      });
    } catch (error) {
      throw this.unreachable(error);
    }
  }

  private address(path: string, query: Query = {}): URL {
    const url = new URL(`${this.target.url}${API}${path}`);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
    return url;
  }

  private authorization(): Headers {
    return this.target.token === null ? {} : { authorization: `Bearer ${this.target.token}` };
  }

  private parse(text: string): unknown {
    const value = parseJson(text);
    if (typeof value !== 'object' || value === null) throw this.noHub();
    return value;
  }

  private noHub(): CommandFailure {
    return new CommandFailure(`${this.url} does not answer as a hub does`, 1, 'Is this the address of a hub?');
  }

  /** A proxy in between may answer in its own way: then all that is known is who was asked, and the status. */
  private async refusal({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<HubProblem> {
    const answer = problemOf(parseJson(await body.text().catch(() => '')));
    if (answer.detail !== undefined || answer.title !== undefined) return new HubProblem(statusCode, answer);
    const to = typeof headers['location'] === 'string' ? ` and leads to ${headers['location']}` : '';
    return new HubProblem(statusCode, { detail: `${this.url} answers ${statusCode}${to}, not as a hub does` });
  }

  private unreachable(error: unknown): CommandFailure {
    const reason = error instanceof Error ? reasonOf(error) : String(error);
    const why = NO_TLS.test(reason) ? 'there is no TLS at this port' : reason;
    if (error instanceof Error && error.name === 'TimeoutError')
      return new TimeoutFailure(
        `the hub at ${this.url} did not answer within ${this.target.requestTimeoutMs / 1000} s`,
      );
    return new CommandFailure(
      `the hub at ${this.url} can not be reached: ${why}`,
      1,
      /certificate|self-signed/i.test(why)
        ? 'Name the file of the authority that signed its certificate: --ca-file or RELOADCTL_CA_FILE.'
        : 'Check the address (--hub, RELOADCTL_HUB or the context), and that the hub runs.',
    );
  }
}

type Page<T> = Readonly<{ items: readonly T[]; nextCursor: string | null }>;

function encode(body: unknown, headers: Headers = {}): { body: string | null; headers: Headers } {
  if (body === undefined) return { body: null, headers: {} };
  if (typeof body === 'string' && headers['content-type'] !== undefined) return { body, headers: {} };
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

const problemOf = (value: unknown): Partial<Problem> => (typeof value === 'object' && value !== null ? value : {});

/** The innermost reason: undici wraps what the network said, and addresses that were all tried come as a list. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return reasonOf(error.errors[0]);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
