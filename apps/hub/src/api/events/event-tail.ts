import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
import { Keys } from '../../platform/keys';
import { BullConnection } from '../../platform/redis';
import { eventView } from './core/event-entry';
import { RecentEvents, tailEntry } from './core/recent-events';
import { EventFeed } from './event-feed';
import type { Mailbox } from './mailbox';

const BLOCK_MS = 5000;
/** A server that says nothing for so long although a read has to end before is gone. */
const SILENT_MS = 3 * BLOCK_MS;
const RETRY_MS = 500;
const AT_ONCE = 500;
const KEPT = 2000;

/**
 * The end of the event stream, read once for all readers of this replica: one connection that blocks until something
 * happens. Starts with the first reader and goes on until the hub ends; an outage of Redis delays it, nothing more.
 */
@Injectable()
export class EventTail implements OnApplicationShutdown {
  private readonly logger = new Logger(EventTail.name);
  private readonly mailboxes = new Set<Mailbox>();
  private readonly stopped = new AbortController();
  private connection: Redis | undefined;
  private starting: Promise<RecentEvents> | undefined;

  constructor(
    private readonly connections: BullConnection,
    private readonly keys: Keys,
    private readonly feed: EventFeed,
  ) {}

  /** The id from which one can join; who has read the stream after asking for it has all events up to it. */
  async reach(): Promise<string> {
    return (await this.recent()).reach;
  }

  /**
   * From now on the mailbox gets every event after `id`, in order and none twice.
   * @returns false when `id` lies too far back: read on from it and try again.
   */
  async join(id: string, mailbox: Mailbox): Promise<boolean> {
    const missed = (await this.recent()).after(id);
    if (!missed) return false;
    mailbox.startAfter(id);
    mailbox.put(missed);
    this.mailboxes.add(mailbox); // without a pause since `after`: nothing can come between
    return true;
  }

  leave(mailbox: Mailbox): void {
    this.mailboxes.delete(mailbox);
  }

  onApplicationShutdown(): void {
    this.stopped.abort();
    this.connection?.disconnect();
  }

  private recent(): Promise<RecentEvents> {
    this.starting ??= this.start();
    this.starting.catch(() => (this.starting = undefined)); // the next reader tries again
    return this.starting;
  }

  private async start(): Promise<RecentEvents> {
    const newest = await this.feed.newest();
    const recent = new RecentEvents(newest, KEPT);
    this.connection = this.connections.open({ socketTimeout: SILENT_MS });
    void this.read(this.connection, recent, newest);
    return recent;
  }

  private async read(redis: Redis, recent: RecentEvents, from: string): Promise<void> {
    let position = from;
    while (!this.stopped.signal.aborted) {
      try {
        const block = ['BLOCK', BLOCK_MS, 'STREAMS', this.keys.events(), position] as const;
        const entries = (await redis.xread('COUNT', AT_ONCE, ...block))?.[0]?.[1] ?? [];
        position = entries.at(-1)?.[0] ?? position;
        const news = entries.map(([id, flat]) => tailEntry(eventView(id, flat)));
        recent.add(news);
        for (const mailbox of this.mailboxes) mailbox.put(news);
      } catch (error) {
        this.logger.debug({ msg: 'the event stream can not be read', err: error });
        await pause(RETRY_MS, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      }
    }
  }
}
