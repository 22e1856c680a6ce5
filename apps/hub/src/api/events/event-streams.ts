import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { SSE_HEARTBEAT, SSE_PREAMBLE, sseClosed, sseGap } from './core/event-entry';
import { laterId, type TailEntry, tailEntry } from './core/recent-events';
import { EventFeed, type EventLens } from './event-feed';
import { EventTail } from './event-tail';
import { Mailbox } from './mailbox';

const HEARTBEAT_MS = 15_000;
/** Timers may fire a little early. */
const SLACK_MS = 100;
/** A stream ends after this; the client comes back by itself. */
const MOST_MS = 3_600_000;
/** A reader whose token is no longer good reads on for so long at most. */
const TOKEN_EVERY_MS = 1_000;
/** A client that takes nothing for so long is gone, or might as well be. */
const STALLED_MS = 30_000;
/** How long a client may take to read why its stream is closed. */
const FAREWELL_MS = 10_000;
/** More open streams than this are refused, so that readers can not exhaust the hub. */
const MOST_STREAMS = 500;

/** What a client is told whose stream is closed. */
class Farewell extends Error {
  constructor(
    readonly reason: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** Nothing is lost: the client goes on from its last event id. */
const slowReader = (): Farewell =>
  new Farewell('SlowReader', 'events came faster than they were read: go on from the last event id');
const tokenOver = (): Farewell => new Farewell('TokenOver', 'the token was removed or has expired');

/** Who reads: what of each event, and whether still. */
type Reader = Readonly<{ lens: EventLens; mayRead: () => Promise<boolean> }>;
type Stream = Readonly<{ response: ServerResponse; reader: Reader; stop: AbortSignal }>;

/** Keeps the open event streams of this replica. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  private readonly logger = new Logger(EventStreams.name);
  private readonly open = new Set<AbortController>();

  constructor(
    private readonly feed: EventFeed,
    private readonly tail: EventTail,
  ) {}

  get full(): boolean {
    return this.open.size >= MOST_STREAMS;
  }

  /** How many streams are open. */
  get count(): number {
    return this.open.size;
  }

  /** Writes events to the response until the client goes or the hub stops. @param after start behind this id; null: from now on. */
  async serve(response: ServerResponse, after: string | null, reader: Reader): Promise<void> {
    const stop = new AbortController();
    this.open.add(stop);
    response.on('close', () => stop.abort());
    const mailbox = new Mailbox(() => stop.abort(slowReader()));
    const stream = { response, reader, stop: stop.signal };
    try {
      response.write(SSE_PREAMBLE);
      if (after !== null && after !== '0-0' && !(await this.feed.holds(after))) response.write(sseGap(after));
      await this.catchUp(stream, after ?? (await this.feed.newest()), mailbox);
      await follow(stream, mailbox);
    } catch (error) {
      if (error instanceof Farewell) stop.abort(error);
      // The client resumes from its last event id, at this replica or another.
      if (!stop.signal.aborted) this.logger.debug({ msg: 'an event stream ended', err: error });
    } finally {
      this.tail.leave(mailbox);
      this.open.delete(stop);
      this.close(response, stop.signal.reason);
    }
  }

  /** Streams would keep the server from closing. */
  beforeApplicationShutdown(): void {
    for (const stop of this.open) stop.abort();
  }

  /** Reads what happened after `start` from the store, until the mailbox gets what happens from there on. */
  private async catchUp(stream: Stream, start: string, mailbox: Mailbox): Promise<void> {
    let last = start;
    while (!stream.stop.aborted) {
      const reach = await this.tail.reach();
      const { events, last: read, atEnd } = await this.feed.after(last);
      last = atEnd ? laterId(read, reach) : read;
      await send(stream, events.map(tailEntry));
      if (atEnd && (await this.tail.join(last, mailbox))) return;
    }
  }

  private close(response: ServerResponse, why: unknown): void {
    if (!(why instanceof Farewell) || response.destroyed) return void response.end();
    this.logger.log(`an event stream is closed: ${why.detail}`);
    response.end(sseClosed(why.reason, why.detail));
    const late = setTimeout(() => response.destroy(), FAREWELL_MS);
    response.once('close', () => clearTimeout(late));
  }
}

async function follow(stream: Stream, mailbox: Mailbox): Promise<void> {
  const end = performance.now() + MOST_MS;
  let quietSince = performance.now();
  let looked = quietSince;
  while (!stream.stop.aborted && performance.now() < end) {
    const entries = await mailbox.take(HEARTBEAT_MS, stream.stop);
    if (performance.now() - looked >= TOKEN_EVERY_MS) {
      if (!(await stream.reader.mayRead())) throw tokenOver();
      looked = performance.now();
    }
    const wrote = await send(stream, entries);
    const quiet = performance.now() - quietSince > HEARTBEAT_MS - SLACK_MS;
    if (!wrote && quiet && !stream.stop.aborted) stream.response.write(SSE_HEARTBEAT);
    if (wrote || quiet) quietSince = performance.now();
  }
}

/** @returns whether the reader was to see any of them. A reader that does not read gets nothing more until it does. */
async function send({ response, reader, stop }: Stream, entries: readonly TailEntry[]): Promise<boolean> {
  let wrote = false;
  for (const { event, frame } of entries) {
    const seen = await reader.lens(event);
    if (stop.aborted) return wrote;
    if (!seen) continue;
    response.write(seen === event ? frame : tailEntry(seen).frame);
    wrote = true;
    if (response.writableNeedDrain) await drained(response, stop);
  }
  return wrote;
}

async function drained(response: ServerResponse, stop: AbortSignal): Promise<void> {
  const patience = AbortSignal.timeout(STALLED_MS);
  try {
    await once(response, 'drain', { signal: AbortSignal.any([stop, patience]) });
  } catch (error) {
    if (patience.aborted) throw slowReader();
    throw error;
  }
}
