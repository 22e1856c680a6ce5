import { Agent, request } from 'undici';
import type { Cluster } from '@test/control-plane/cluster';
import type { Body, Json } from './body';
import { WatchReader } from './watch-reader';

/** What an API server answered: the HTTP status and the body, parsed. */
export interface Answer {
  readonly status: number;
  readonly body: Body;
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
