import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { EventView } from '@app/contracts/api/views';
import { HubClient } from '../hub/hub-client';
import { HubProblem } from '../hub/hub-problem';
import { Follower } from './follower';

const PACE = { refreshMs: 40, gatherMs: 5, retryMs: 10, pages: 2 };

/** A hub whose answers a test decides; the connection to it is a real one. */
class ScriptedHub {
  phase: RolloutView['phase'] = 'Running';
  /** What the next question for a stream is answered with; without one the stream just ends. */
  readonly streams: ((response: ServerResponse) => void)[] = [];
  /** `Last-Event-ID` of every stream that was asked for. */
  readonly resumed: unknown[] = [];
  readonly events: EventView[] = [];
  /** Status that questions for the state are answered with. */
  refuse: number | null = null;
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  async start(): Promise<HubClient> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    const { signal } = new AbortController();
    return new HubClient({ url: `http://127.0.0.1:${port}`, token: 't', ca: null, requestTimeoutMs: 2_000, signal });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Something happens: whoever asks for events from now on gets it. */
  happen(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const id = `${this.events.length + 1}-0`;
      const at = '2026-05-04T10:00:00Z';
      this.events.push({ id, at, type: 'rollout.Running', rollout: 'r-1', cluster: null, reason: '', message: '' });
    }
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://hub');
    if (!url.pathname.endsWith('/events')) return this.state(response);
    if (request.headers.accept?.includes('event-stream')) {
      this.resumed.push(request.headers['last-event-id']);
      const serve = this.streams.shift() ?? ((unknown: ServerResponse): void => void frames(unknown, []).end());
      return serve(response);
    }
    const after = Number((url.searchParams.get('cursor') ?? '0').split('-')[0]);
    json(response, 200, { items: this.events.slice(after), nextCursor: null });
  }

  private state(response: ServerResponse): void {
    if (this.refuse !== null) json(response, this.refuse, { status: this.refuse, detail: 'refused' });
    else json(response, 200, { id: 'r-1', phase: this.phase, waves: [] });
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function frames(response: ServerResponse, events: readonly EventView[]): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  for (const event of events)
    response.write(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return response;
}

describe('following a rollout', () => {
  const hub = new ScriptedHub();
  const seen: string[] = [];
  const troubles: string[] = [];
  let follower: Follower;
  let hook: () => void = () => undefined;
  let looked: () => void = () => undefined;

  beforeAll(async () => {
    const client = await hub.start();
    const listener = {
      rollout: () => looked(),
      event: ({ id }: EventView) => {
        seen.push(id);
        hook();
      },
      trouble: ({ message }: Error) => {
        troubles.push(message);
        hook();
      },
    };
    follower = new Follower(client, 'r-1', listener, PACE);
  });
  afterAll(() => hub.stop());

  /** Not before the follower has begun: the end of another one may still ask for a stream. */
  function onceLooked(then: () => void): void {
    looked = (): void => {
      looked = (): void => undefined;
      then();
    };
  }

  // One story: what the follower has seen stays seen.
  it('tells what was before, goes on behind the last event after a cut, and tells nothing twice', async () => {
    hub.happen(2);
    hub.streams.push(
      (response) => {
        hub.happen(2);
        frames(response, hub.events.slice(2)).socket?.destroySoon();
      },
      (response) => {
        hub.happen(1);
        hub.phase = 'Succeeded';
        frames(response, hub.events.slice(4));
      },
    );
    const end = await follower.run(AbortSignal.timeout(5_000));
    expect(end.phase).toBe('Succeeded');
    expect(seen).toEqual(['1-0', '2-0', '3-0', '4-0', '5-0']);
    expect(hub.resumed).toEqual(['2-0', '4-0']);
  });

  it('asks for pages when the hub refuses streams', async () => {
    hub.phase = 'Running';
    hub.streams.push((response) => {
      hub.happen(1);
      json(response, 503, { status: 503, detail: 'too many streams' });
    });
    hook = (): void => void (hub.phase = 'Halted');
    expect((await follower.run(AbortSignal.timeout(5_000))).phase).toBe('Halted');
    expect(seen.at(-1)).toBe('6-0');
  });

  it('waits for a hub that is away, says so, and goes on', async () => {
    hub.phase = 'Running';
    hook = (): void => {
      hub.refuse = null;
      hub.phase = 'Degraded';
    };
    onceLooked(() =>
      hub.streams.push((response) => {
        hub.refuse = 503;
        frames(response, []);
      }),
    );
    expect((await follower.run(AbortSignal.timeout(5_000))).phase).toBe('Degraded');
    expect([...new Set(troubles)]).toEqual(['refused']);
  });

  it('gives up when the hub refuses for good', async () => {
    hub.phase = 'Running';
    hook = (): void => undefined;
    onceLooked(() =>
      hub.streams.push((response) => {
        hub.refuse = 403;
        frames(response, []);
      }),
    );
    await expect(follower.run(AbortSignal.timeout(5_000))).rejects.toThrow(HubProblem);
  });

  it('gives back what it saw last when its time is over', async () => {
    hub.refuse = null;
    const time = new AbortController();
    looked = (): void => time.abort();
    expect((await follower.run(time.signal)).phase).toBe('Running');
  });
});
