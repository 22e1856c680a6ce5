import { parseJson } from '@app/contracts/parse-json';
import { performance } from 'node:perf_hooks';
import {
  type Address,
  type ByteStream,
  DeadlineExceeded,
  type HttpAnswer,
  HttpPool,
  type HttpRequest,
  streamOf,
  targetOf,
  textOf,
} from '../platform/http-pool';
import { currentPass, type Pass } from './credentials';
import { refusal, retryAfterMs, sentenceOf, type KubeFailure } from './core/answers';
import type { ClusterAccess } from './kubeconfig';

export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;
export type KubeCall = Readonly<{
  verb: Verb;
  path: string;
  query?: Query;
  body?: unknown;
  /** The form of the answer; JSON of the whole objects when left out. */
  accept?: string;
  contentType?: 'application/json' | 'application/merge-patch+json' | 'application/strategic-merge-patch+json';
  /** Longest time until the whole answer is there, ms. */
  deadlineMs?: number;
}>;

export type KubeAnswer<T> = Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; failure: KubeFailure }>;

/** Called once per call with the HTTP code, or `timeout` or `error` when there was none, and how long that took. */
export type CallObserver = (verb: string, code: string, seconds: number) => void;

export type KubeClientOptions = Readonly<{
  access: ClusterAccess;
  userAgent: string;
  observe?: CallObserver;
  /** Asked right before each call that is no GET: while it says no, nothing is sent. */
  mayWrite?: () => boolean;
}>;

const DEADLINE_MS = 10_000;
/** Tokens and certificates are read again after this time, and at once when the server answers 401. */
const PASS_LIFETIME_MS = 30_000;
/** Below the 90 s after which an API server closes an idle connection: we never send into a closing one. */
const KEEP_ALIVE_MS = 30_000;
/** More calls at once than this wait for a free connection. Watches have connections of their own. */
const CALL_CONNECTIONS = 32;

const NOT_OURS: KubeFailure = {
  kind: 'unreachable',
  reason: 'ConnectionFailed',
  message: 'nothing was sent: another replica leads',
};

const NO_JSON: KubeFailure = {
  kind: 'unreachable',
  reason: 'MalformedAnswer',
  message: 'the answer of the API server is no whole JSON',
};

type Bounds = Pick<HttpRequest, 'signal' | 'deadlineMs'>;
type Pools = Readonly<{ pass: Pass; calls: HttpPool; streams: HttpPool }>;

/** The one way to the API server: pooled connections, current credentials, a deadline on every call. */
export class KubeClient {
  private readonly address: Address;
  /** A path prefix that the API is served under, without a slash at its end. */
  private readonly prefix: string;
  private pools: Pools | null = null;
  private passUntil = 0;
  private refreshing: Promise<Pools> | null = null;
  private lastFailure: string | null = null;

  constructor(private readonly options: KubeClientOptions) {
    const { address, path } = targetOf(new URL(options.access.server));
    this.address = address;
    this.prefix = path.replace(/\/+$/, '');
  }

  /** One call, read whole as JSON. Never throws. */
  async request(call: KubeCall): Promise<KubeAnswer<unknown>> {
    const opened = await this.open(call, { deadlineMs: call.deadlineMs ?? DEADLINE_MS }, 'calls');
    if (!opened.ok) return opened;
    try {
      return this.parsed(await textOf(opened.value));
    } catch (error) {
      return { ok: false, failure: this.unreachable(error) };
    }
  }

  /** Opens a watch. `signal` ends it at any time; until the headers are there `deadlineMs` holds. Never throws. */
  async stream(call: KubeCall, signal: AbortSignal): Promise<KubeAnswer<ByteStream>> {
    const opening = new AbortController();
    const timer = setTimeout(
      () => opening.abort(new DeadlineExceeded('no answer in time')),
      call.deadlineMs ?? DEADLINE_MS,
    );
    try {
      const opened = await this.open(call, { signal: AbortSignal.any([signal, opening.signal]) }, 'streams');
      return opened.ok ? { ok: true, value: streamOf(opened.value) } : opened;
    } finally {
      clearTimeout(timer);
    }
  }

  /** null while the API server answers; else why it could not be reached last. */
  unreachableBecause(): string | null {
    return this.lastFailure;
  }

  /** Ends when the calls under way have ended. */
  async close(): Promise<void> {
    const pools = this.pools;
    if (!pools) return;
    pools.streams.destroy();
    await pools.calls.close();
  }

  private async open(call: KubeCall, bounds: Bounds, pool: 'calls' | 'streams'): Promise<KubeAnswer<HttpAnswer>> {
    let code = 'error';
    const begunAt = performance.now();
    try {
      const pools = await this.currentPools();
      if (call.verb !== 'GET' && this.options.mayWrite?.() === false) return { ok: false, failure: NOT_OURS };
      const response = await pools[pool].send({
        address: this.address,
        path: this.prefix + call.path + queryString(call.query),
        method: call.verb,
        headers: this.headers(call, pools.pass),
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        ...bounds,
      });
      code = String(response.status);
      this.lastFailure = null;
      return response.status < 300
        ? { ok: true, value: response }
        : { ok: false, failure: await this.refused(response) };
    } catch (error) {
      const failure = this.unreachable(error, bounds.signal);
      code = failure.kind === 'unreachable' && failure.reason === 'Timeout' ? 'timeout' : 'error';
      return { ok: false, failure };
    } finally {
      this.options.observe?.(call.verb, code, (performance.now() - begunAt) / 1000);
    }
  }

  /** The parser's own message would repeat a part of the answer, which may be a part of a Secret. */
  private parsed(text: string): KubeAnswer<unknown> {
    const value = text === '' ? null : parseJson(text);
    if (value !== undefined) return { ok: true, value };
    this.lastFailure = NO_JSON.message;
    return { ok: false, failure: NO_JSON };
  }

  private headers(call: KubeCall, pass: Pass): Record<string, string> {
    return {
      accept: call.accept ?? 'application/json',
      'user-agent': this.options.userAgent,
      ...(pass.authorization === null ? {} : { authorization: pass.authorization }),
      ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
    };
  }

  private async refused(response: HttpAnswer): Promise<KubeFailure> {
    if (response.status === 401) this.passUntil = 0;
    // An instant is the server's: by our own clock, which may be hours off, it could be far away.
    const now = Date.parse(response.headers.date ?? '');
    const wait = retryAfterMs(response.headers['retry-after'] ?? null, Number.isNaN(now) ? Date.now() : now);
    return refusal(response.status, parseJson(await textOf(response)), wait);
  }

  private unreachable(error: unknown, signal?: AbortSignal): KubeFailure {
    const timedOut = (signal?.aborted ? signal.reason : error) instanceof DeadlineExceeded;
    const failure: KubeFailure = timedOut
      ? { kind: 'unreachable', reason: 'Timeout', message: 'the API server did not answer in time' }
      : { kind: 'unreachable', reason: 'ConnectionFailed', message: causeOf(error) };
    if (timedOut || !signal?.aborted) this.lastFailure = failure.message;
    return failure;
  }

  private async currentPools(): Promise<Pools> {
    if (this.pools && performance.now() < this.passUntil) return this.pools;
    this.refreshing ??= this.refresh().finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async refresh(): Promise<Pools> {
    const pass = await currentPass(this.options.access);
    const old = this.pools;
    const sameTls = old !== null && old.pass.ca === pass.ca && old.pass.cert === pass.cert && old.pass.key === pass.key;
    this.pools = sameTls ? { ...old, pass } : this.connect(pass);
    this.passUntil = performance.now() + PASS_LIFETIME_MS;
    // Renewed certificates count for new connections; calls and watches under way end in their own time.
    if (old && !sameTls) void Promise.allSettled([old.calls.close(), old.streams.close()]);
    return this.pools;
  }

  private connect(pass: Pass): Pools {
    const { access } = this.options;
    const tls = {
      ...(pass.ca === null ? {} : { ca: pass.ca }),
      ...(pass.cert === null ? {} : { cert: pass.cert }),
      ...(pass.key === null ? {} : { key: pass.key }),
      ...(access.servername === null ? {} : { servername: access.servername }),
      rejectUnauthorized: !access.insecure,
    };
    // HTTP/1.1: a stalled connection then holds up one call and not everything.
    const shared = { idleMs: KEEP_ALIVE_MS, tls, proxyUrl: access.proxyUrl };
    const [calls, streams] = [new HttpPool({ ...shared, connections: CALL_CONNECTIONS }), new HttpPool(shared)];
    return { pass, calls, streams };
  }
}

function queryString(query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) search.append(name, String(value));
  return search.size === 0 ? '' : `?${search.toString()}`;
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code} ` : '';
  return sentenceOf(code + error.message) || error.name;
}
