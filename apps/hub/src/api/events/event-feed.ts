import { Injectable } from '@nestjs/common';
import type { EventView } from '@app/contracts/api/views';
import { Keys } from '../../platform/keys';
import { StateRedis } from '../../platform/redis';
import { eventView } from './core/event-entry';

const BLOCK = 500;

/** The event as the reader may see it; null: not at all. */
export type EventLens = (event: EventView) => Promise<EventView | null>;

/** Reads the event stream; it is written by rollout transitions. */
@Injectable()
export class EventFeed {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** Events after `id` in order, at most one block of them; `last` is the id to go on from, unless that was all. */
  async after(id: string): Promise<Readonly<{ events: readonly EventView[]; last: string; atEnd: boolean }>> {
    const entries = await this.redis.xrange(this.keys.events(), `(${id}`, '+', 'COUNT', BLOCK);
    return {
      events: entries.map(([entryId, flat]) => eventView(entryId, flat)),
      last: entries.at(-1)?.[0] ?? id,
      atEnd: entries.length < BLOCK,
    };
  }

  /** The id of the newest event; `0-0` when there is none. */
  async newest(): Promise<string> {
    const entries = await this.redis.xrevrange(this.keys.events(), '+', '-', 'COUNT', 1);
    return entries[0]?.[0] ?? '0-0';
  }

  /** Whether the event with this id can still be read. When not, events after it may be gone too. */
  async holds(id: string): Promise<boolean> {
    return (await this.redis.xrange(this.keys.events(), id, id)).length === 1;
  }

  /**
   * A page of those that the reader may see, oldest first.
   * @returns `next`: the id to go on after; null when the end of the stream was reached.
   */
  async page(
    after: string,
    limit: number,
    lens: EventLens,
  ): Promise<Readonly<{ items: EventView[]; next: string | null }>> {
    const items: EventView[] = [];
    let from = after;
    for (;;) {
      const { events, last, atEnd } = await this.after(from);
      for (const event of events) {
        const seen = await lens(event);
        if (!seen) continue;
        if (items.length === limit) return { items, next: items.at(-1)?.id ?? null };
        items.push(seen);
      }
      if (atEnd) return { items, next: null };
      from = last;
    }
  }
}
