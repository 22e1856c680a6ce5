import { Redis } from 'ioredis';
import { get, type IncomingMessage } from 'node:http';
import { EventStreams } from '../../apps/hub/src/api/events/event-streams';
import { waitFor } from '@test/wait';
import { ADMIN, ask } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(60_000);

/** Many readers of one event stream, and what that costs Redis. */
describe('event streams', () => {
  const hub = SharedHub.forAllTests({}, { own: true });
  let client: Redis;
  beforeAll(() => {
    client = new Redis(hub.redis.url);
    client.on('error', () => undefined);
  });
  afterAll(() => client?.disconnect());

  /** Adds events with these messages; gives their ids. */
  const happen = async (messages: readonly string[]): Promise<string[]> => {
    const pipeline = client.pipeline();
    for (const message of messages)
      pipeline.xadd(`{${hub.redis.prefix}}:events`, '*', 'at', '1', 'type', 'Spec', 'message', message);
    return ((await pipeline.exec()) ?? []).map(([, id]) => String(id));
  };

  const open = async (lastId?: string, token = ADMIN): Promise<Reader> => {
    const headers = { Authorization: `Bearer ${token}`, ...(lastId !== undefined && { 'Last-Event-ID': lastId }) };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${hub.url}/api/v1/events`, { headers }, resolve).on('error', reject);
    });
    return new Reader(response.on('error', () => undefined));
  };
  const openFromNow = async (): Promise<Reader> => {
    const reader = (await open()).read();
    await waitFor('the stream to begin', () => reader.text.includes('retry:'));
    return reader;
  };
  const calls = async (name: string): Promise<number> =>
    Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(await client.info('commandstats'))?.[1] ?? 0);

  it('give every reader every event once and in order, whenever it joined', async () => {
    const before = await happen(['before']);
    const early = (await open(before[0])).read();
    const ids: string[] = [];
    const late: Reader[] = [];
    for (let round = 0; round < 20; round += 1) {
      ids.push(...(await happen([`${round}a`, `${round}b`])));
      late.push((await open(before[0])).read());
    }
    for (const reader of [early, ...late]) {
      await waitFor('all events', () => reader.ids().length >= ids.length, { describe: () => reader.text });
      expect(reader.ids()).toEqual(ids);
      reader.close();
    }
  });

  it('are one blocking read for all readers of a hub, and no polling', async () => {
    const readers = await Promise.all(Array.from({ length: 10 }, openFromNow));
    await waitFor('the readers to have caught up', async () => {
      await happen(['caught up']);
      return readers.every((reader) => reader.ids().length > 0);
    });
    const clients = String(await client.client('LIST'));
    expect(clients.match(/cmd=xread /g)).toHaveLength(1);
    const before = await calls('xrange');
    const [last = ''] = (await happen(Array.from({ length: 100 }, (_, n) => `${n}`))).slice(-1);
    for (const reader of readers) {
      await waitFor('the last event', () => reader.text.includes(last));
      reader.close();
    }
    expect(await calls('xrange')).toBe(before);
  });

  it('close a reader that does not read, with the reason, and lose it nothing', async () => {
    const [start = ''] = await happen(['start']);
    const slow = await open(start);
    const streams = hub.app.get(EventStreams, { strict: false });
    await waitFor('only the slow one to be left', () => streams.count === 1);
    const ids: string[] = [];
    await waitFor('the slow reader to be closed', async () => {
      ids.push(...(await happen(Array.from({ length: 500 }, () => 'x'.repeat(4096)))));
      return streams.count === 0;
    });
    slow.read();
    await waitFor('the reason', () => slow.text.includes('event: Closed'));
    expect(slow.text).toContain('"reason":"SlowReader"');
    const seen = slow.ids();
    expect(seen).toEqual(ids.slice(0, seen.length));

    const again = (await open(seen.at(-1) ?? start)).read();
    await waitFor('the rest', () => again.ids().length >= ids.length - seen.length);
    expect([...seen, ...again.ids()]).toEqual(ids);
    again.close();
  });

  it.each([['removed', {}] as const, ['expired', { expiresIn: '2s' }] as const])(
    'are closed when the token of the reader is %s, with the reason',
    async (_what, more) => {
      const made = await ask(hub, 'POST /tokens', { body: { name: 'reader', role: 'viewer', ...more } });
      const { id, token } = made.body as { id: string; token: string };
      const [start = ''] = await happen(['start']);
      const reader = (await open(start, token)).read();
      await happen(['first']);
      await waitFor('the first event', () => reader.ids().length === 1);
      if (!('expiresIn' in more)) await ask(hub, `DELETE /tokens/${id}`);
      await waitFor('the end', async () => {
        await happen(['more']);
        return reader.text.includes('event: Closed');
      });
      expect(reader.text).toContain('"reason":"TokenOver"');
      const seen = reader.ids().length;
      await happen(['unseen']);
      expect(reader.ids()).toHaveLength(seen);
    },
  );

  it('outlive an outage of Redis', async () => {
    const reader = await openFromNow();
    await waitFor('the reader to have joined', async () => {
      await happen(['joined']);
      return reader.ids().length > 0;
    });
    await hub.redis.kill();
    await hub.redis.restart();
    const [id = ''] = await waitFor('Redis', () => happen(['after']).catch(() => undefined));
    await waitFor('the event after the outage', () => reader.text.includes(id));
    reader.close();
  });
});

class Reader {
  text = '';

  constructor(private readonly response: IncomingMessage) {}

  /** Until this is called nothing is taken off the connection. */
  read(): this {
    this.response.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    return this;
  }

  ids(): string[] {
    return [...this.text.matchAll(/^id: (\S+)$/gm)].map(([, id = '']) => id);
  }

  close(): void {
    this.response.destroy();
  }
}
