import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** One server-sent event; `data` is its text, JSON from this hub. */
export type HubEvent = Readonly<{ id: string; type: string; data: string }>;

/** Events out of the body of an answer, as they come. Ends where the body does, also when it is cut off. */
export async function* readEvents(body: AsyncIterable<Uint8Array | string>): AsyncGenerator<HubEvent> {
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => arrived.push(event) });
  const decoder = new TextDecoder();
  for await (const chunk of quietly(body)) {
    parser.feed(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    for (const event of arrived.splice(0)) {
      yield { id: event.id ?? '', type: event.event ?? 'message', data: event.data };
    }
  }
}

/** A connection that breaks ends the stream; whoever follows asks again from the last event. */
async function* quietly<T>(body: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* body;
  } catch {
    return;
  }
}
