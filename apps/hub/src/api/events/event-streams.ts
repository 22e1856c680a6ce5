import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { SSE_HEARTBEAT, SSE_PREAMBLE, sseFrame, sseGap } from './core/event-entry';
import { EventFeed, type EventLens } from './event-feed';

const POLL_MS = 200;
const HEARTBEAT_MS = 15_000;
/** A stream ends after this; the client comes back by itself, and its token is looked at again. */
const MOST_MS = 3_600_000;
/** More open streams than this are refused, so that readers can not exhaust the hub. */
export const MOST_STREAMS = 500;

/** Keeps the open event streams of this replica. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  private readonly logger = new Logger(EventStreams.name);
  private readonly open = new Set<AbortController>();

  constructor(private readonly feed: EventFeed) {}

  get full(): boolean {
    return this.open.size >= MOST_STREAMS;
  }

  /** Writes events to the response until the client goes or the hub stops. @param after start behind this id; null: from now on. */
  async serve(response: ServerResponse, after: string | null, lens: EventLens): Promise<void> {
    const stop = new AbortController();
    this.open.add(stop);
    response.on('close', () => stop.abort());
    try {
      const start = after ?? (await this.feed.newest());
      response.write(SSE_PREAMBLE);
      if (after !== null && after !== '0-0' && !(await this.feed.holds(after))) response.write(sseGap(after));
      await this.follow({ response, lens, stop: stop.signal }, start);
    } catch (error) {
      // The client resumes from its last event id, at this replica or another.
      this.logger.debug({ msg: 'an event stream ended', err: error });
    } finally {
      this.open.delete(stop);
      response.end();
    }
  }

  /** Streams would keep the server from closing. */
  beforeApplicationShutdown(): void {
    for (const stop of this.open) stop.abort();
  }

  private async follow(stream: Stream, start: string): Promise<void> {
    let last = start;
    const end = performance.now() + MOST_MS;
    let quietSince = performance.now();
    while (!stream.stop.aborted && performance.now() < end) {
      const next = await this.feed.after(last);
      last = next.last;
      for (const event of next.events) {
        const seen = await stream.lens(event);
        if (!seen) continue;
        stream.response.write(sseFrame(seen));
        quietSince = performance.now();
      }
      if (performance.now() - quietSince > HEARTBEAT_MS) {
        stream.response.write(SSE_HEARTBEAT);
        quietSince = performance.now();
      }
      await drained(stream);
      await pause(POLL_MS, undefined, { signal: stream.stop }).catch(() => undefined);
    }
  }
}

type Stream = Readonly<{ response: ServerResponse; lens: EventLens; stop: AbortSignal }>;

/** A reader that does not read gets nothing more until it does: its backlog stays in Redis, not in our memory. */
async function drained({ response, stop }: Stream): Promise<void> {
  while (response.writableNeedDrain && !stop.aborted)
    await pause(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
}
