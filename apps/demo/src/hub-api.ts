import { waitFor } from '@test/wait';

/** The few calls of the hub's REST API that the demo makes. */
export class HubApi {
  /** @param signal ends every call, under way or to come. */
  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws Error with the hub's own answer when it is not a success. */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      signal: this.signal,
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async items<T>(path: string): Promise<readonly T[]> {
    return ((await this.call('GET', path)) as { items: readonly T[] }).items;
  }

  /** Looks at a list until it is as wanted, for at most 90 s. */
  async until(what: string, path: string, wanted: (items: readonly unknown[]) => boolean): Promise<void> {
    await waitFor(what, async () => wanted(await this.items(path)), { timeoutMs: 90_000, intervalMs: 200 });
  }
}
