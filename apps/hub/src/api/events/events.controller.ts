import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { eventView, page } from '@app/contracts/api/views';
import { Caller } from '../../access/access.decorator';
import type { HubRequest, Principal } from '../../access/principal';
import { STREAM_ID } from '../../audit/core/stream';
import { invalid, Problem } from '../../http/core/problem';
import { Operation } from '../operation.decorator';
import { API, listQuery } from '../schemas';
import { RolloutViews } from '../rollout-views';
import { VisibleEvents } from './visible-events';
import { EventFeed, type EventLens } from './event-feed';
import { EventStreams } from './event-streams';

const eventId = z.string().regex(STREAM_ID, 'must be the id of an event');
const query = z.strictObject({ ...listQuery, cursor: eventId.optional() });
type EventQuery = z.infer<typeof query>;

/** What Fastify gives to take a response over. */
interface TakenReply {
  hijack(): void;
  send(body: unknown): unknown;
  getHeaders(): Record<string, number | string | string[] | undefined>;
  readonly raw: ServerResponse;
}

/** Events as server-sent events, or as pages for those who accept `application/json` only. */
@Controller(API)
export class EventsController {
  constructor(
    private readonly feed: EventFeed,
    private readonly streams: EventStreams,
    private readonly visible: VisibleEvents,
    private readonly rollouts: RolloutViews,
  ) {}

  @Get('events')
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'events',
    summary: 'What happens in the fleet, as it happens',
    answer: page(eventView),
  })
  async all(
    @Req() request: HubRequest,
    @Res() reply: TakenReply,
    @Query({ schema: query }) asked: EventQuery,
    @Caller() caller: Principal,
  ): Promise<void> {
    await this.answer({ request, reply, asked, caller }, await this.visible.to(caller));
  }

  @Get('rollouts/:id/events')
  @Operation({
    role: 'viewer',
    verb: 'events',
    resource: 'rollouts',
    summary: 'What happens in one rollout, as it happens',
    answer: page(eventView),
  })
  async ofRollout(
    @Req() request: HubRequest,
    @Res() reply: TakenReply,
    @Query({ schema: query }) asked: EventQuery,
    @Caller() caller: Principal,
  ): Promise<void> {
    const id = rolloutId.parse(request.params).id;
    await this.rollouts.visible(id, caller);
    const seen = await this.visible.to(caller);
    await this.answer({ request, reply, asked, caller }, async (event) => (event.rollout === id ? seen(event) : null));
  }

  private async answer({ request, reply, asked, caller }: Exchange, lens: EventLens): Promise<void> {
    // A stream has no end, and the answer to HEAD no body: it would never be answered.
    if (request.method === 'HEAD' || !wantsStream(request)) {
      const { items, next } = await this.feed.page(asked.cursor ?? '0-0', asked.limit, lens);
      reply.send({ items, nextCursor: next });
      return;
    }
    const after = lastEventId(request) ?? asked.cursor ?? null;
    if (this.streams.full)
      throw new Problem(503, 'TOO_MANY_STREAMS', 'this hub has as many event streams as it can serve', {
        headers: { 'Retry-After': '10' },
      });
    reply.hijack();
    reply.raw.writeHead(200, {
      ...reply.getHeaders(),
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    await this.streams.serve(reply.raw, after, { lens, mayRead: () => this.visible.mayRead(caller) });
  }
}

type Exchange = Readonly<{ request: HubRequest; reply: TakenReply; asked: EventQuery; caller: Principal }>;
const rolloutId = z.object({ id: z.string() });

/** Browsers and clients that follow say so; whoever accepts anything gets the stream. */
function wantsStream(request: HubRequest): boolean {
  const accept = String(request.headers.accept ?? '');
  return accept.includes('text/event-stream') || !accept.includes('application/json');
}

function lastEventId(request: HubRequest): string | undefined {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return undefined;
  const parsed = eventId.safeParse(header);
  if (!parsed.success) throw invalid('Last-Event-ID', 'the header Last-Event-ID has to be the id of an event');
  return parsed.data;
}
