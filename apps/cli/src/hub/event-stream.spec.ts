import { type HubEvent, readEvents } from './event-stream';

async function* broken(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
  await Promise.reject(new Error('connection reset'));
}

describe('server-sent events', () => {
  it('come whole however they are cut, and end where the connection breaks', async () => {
    const text = Buffer.from(
      ': hello\n\nid: 1-0\nevent: rollout\ndata: {"a":"ü"}\n\ndata: x\n\nid: 2-0\ndata: cut',
    ).toString('latin1');
    const events: HubEvent[] = [];
    for await (const event of readEvents(broken(text.slice(0, 41), text.slice(41)))) events.push(event);
    expect(events).toEqual([
      { id: '1-0', type: 'rollout', data: '{"a":"ü"}' },
      { id: '', type: 'message', data: 'x' },
    ]);
  });
});
