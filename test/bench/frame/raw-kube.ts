import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';

export type Answer = Readonly<{ status: number; body: string }>;

/** An object as a watch brings it. */
export type Seen = Readonly<{
  metadata: Readonly<{ name: string; generation?: number; resourceVersion: string }>;
  spec?: Readonly<{ template?: Readonly<{ metadata?: Readonly<{ annotations?: Readonly<Record<string, string>> }> }> }>;
}>;

export type WatchEvent = Readonly<{ type: string; object: Seen }>;

/** The least that one can do to call an API server: no client library, nothing checked, nothing retried. */
export class RawKube {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 32, rejectUnauthorized: false });

  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  call(method: string, path: string, body?: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = this.open(method, path, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.once('error', reject);
      });
      call.once('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Fails unless the call succeeds. PATCH is a merge patch. */
  async must(method: string, path: string, body?: object): Promise<string> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 300)}`);
    return answer.body;
  }

  /** Resolves when the watch stands. `at`: when the bytes came in, ms of `performance.now()`. */
  watch(path: string, onEvent: (event: WatchEvent, at: number) => void): Promise<() => void> {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    return this.read(`${path}?watch=true`, (chunk) => {
      const at = performance.now();
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onEvent(JSON.parse(line) as WatchEvent, at);
    });
  }

  /** What comes, as it comes. Resolves when the answer has begun. */
  read(path: string, onChunk: (chunk: Buffer) => void): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const call = this.open('GET', path, (response) => {
        if (response.statusCode !== 200) return reject(new Error(`${path}: ${response.statusCode}`));
        response.on('data', onChunk).once('error', () => undefined);
        resolve(() => call.destroy());
      });
      call.on('error', reject); // also after it stands: what is cut shows as changes that are never seen
      call.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private open(
    method: string,
    path: string,
    answered: (response: IncomingMessage) => void,
  ): ReturnType<typeof request> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': type };
    return request(this.url + path, { method, headers, agent: this.agent }, answered);
  }
}
