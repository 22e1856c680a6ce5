import { Agent, request } from 'undici';
import type { Cluster } from '@test/control-plane/cluster';
import { WatchReader } from './watch-reader';

export type Json = Record<string, unknown>;

/** What an API server answered: the HTTP status and the body, parsed. */
export interface Answer {
  readonly status: number;
  readonly body: Body;
}

/** The parts of objects, lists and errors that the contract looks at. */
export interface Body {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata: Metadata;
  readonly items?: readonly Body[];
  readonly spec?: Json;
  readonly status?: Json;
  readonly data?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field: string; readonly reason: string }[] };
  readonly [field: string]: unknown;
}

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly { readonly manager: string; readonly operation: string; readonly fieldsV1: Json }[];
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
}

export const USER_AGENT = 'kube-contract/1.0 (test)';
export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';

/** Speaks to an API server without any Kubernetes library: what is tested here is the protocol itself. */
export class RawKube {
  private readonly agent = new Agent({ connect: { rejectUnauthorized: false } });

  constructor(private readonly cluster: Pick<Cluster, 'url' | 'token'>) {}

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  post(path: string, body: Json): Promise<Answer> {
    return this.call('POST', path, body);
  }

  put(path: string, body: Json): Promise<Answer> {
    return this.call('PUT', path, body);
  }

  patch(path: string, body: unknown, type = MERGE): Promise<Answer> {
    return this.call('PATCH', path, body, type);
  }

  delete(path: string, body?: Json): Promise<Answer> {
    return this.call('DELETE', path, body);
  }

  /** The version of the cluster now: where a watch goes on from. */
  async versionOf(path: string): Promise<string> {
    return (await this.get(path)).body.metadata.resourceVersion;
  }

  /** Starts a watch; `query` without `watch=1`. */
  async watch(path: string, query: string): Promise<WatchReader> {
    const { statusCode, body } = await request(`${this.cluster.url}${path}?watch=1&${query}`, {
      dispatcher: this.agent,
      headers: this.headers(),
    });
    return new WatchReader(statusCode, body);
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.cluster.token}`, 'user-agent': USER_AGENT };
  }

  private async call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    type = 'application/json',
  ): Promise<Answer> {
    const answer = await request(`${this.cluster.url}${path}`, {
      method,
      dispatcher: this.agent,
      headers: { ...this.headers(), ...(body === undefined ? {} : { 'content-type': type }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: answer.statusCode, body: (await answer.body.json()) as Body };
  }
}
