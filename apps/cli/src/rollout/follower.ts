import { setTimeout as sleep } from 'node:timers/promises';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { EventView } from '@app/contracts/api/views';
import { CommandFailure } from '../failure';
import type { HubClient } from '../hub/hub-client';
import { HubProblem } from '../hub/hub-problem';
import { verdictOf } from './core/verdict';

/** Who is told while a rollout is followed. */
export type Listener = Readonly<{
  /** Its state, each time it was read. */
  rollout(rollout: RolloutView): void;
  /** A transition: each once, in order, from the rollout's first one on. */
  event(event: EventView): void;
  /** The hub could not be asked; it is asked again. */
  trouble(problem: Error): void;
}>;

/** How patient a follower is, in milliseconds. */
type Pace = Readonly<{
  /** The state is read again after this long even if no event came: what it waits for changes with time too. */
  refreshMs: number;
  /** Several events at once are one reason to read the state. */
  gatherMs: number;
  /** How long to wait after a stream that broke. */
  retryMs: number;
  /** A hub that refuses streams is asked for pages of events this many times before the next stream. */
  pages: number;
}>;
const PACE: Pace = { refreshMs: 5_000, gatherMs: 200, retryMs: 1_000, pages: 15 };
/** Before the first event. */
const BEGINNING = '0-0';

type Page = Readonly<{ items: readonly EventView[]; nextCursor: string | null }>;

/** Follows one rollout through the hub's events, over restarts of the hub and broken connections. */
export class Follower {
  private readonly path: string;
  private lastEvent = BEGINNING;
  private news = new AbortController();

  constructor(
    private readonly hub: HubClient,
    id: string,
    private readonly listener: Listener,
    private readonly pace: Pace = PACE,
  ) {
    this.path = `/rollouts/${encodeURIComponent(id)}`;
  }

  /**
   * Resolves with the last state seen when nothing more happens by itself, or when the signal comes.
   * @throws HubProblem, CommandFailure when the hub refuses, or can not be asked the first time
   */
  async run(signal: AbortSignal): Promise<RolloutView> {
    const first = await this.readState();
    await this.readPages();
    const over = new AbortController();
    const events = this.readEvents(AbortSignal.any([signal, over.signal]));
    try {
      return await this.untilOver(first, signal);
    } finally {
      over.abort();
      await events;
    }
  }

  private async untilOver(first: RolloutView, signal: AbortSignal): Promise<RolloutView> {
    let seen = first;
    while (verdictOf(seen) === 'open' && !signal.aborted) {
      await this.rest(signal);
      if (signal.aborted) return seen;
      seen = await this.patiently(seen, () => this.readState());
    }
    await this.patiently(undefined, () => this.readPages()); // what was told between the last event and the end
    return seen;
  }

  /** Until there is news, but not for ever. */
  private async rest(signal: AbortSignal): Promise<void> {
    await pause(this.pace.refreshMs, AbortSignal.any([signal, this.news.signal]));
    await pause(this.pace.gatherMs, signal);
    this.news = new AbortController();
  }

  /** A hub that is away for a moment is no reason to give up; one that refuses is. */
  private async patiently<T>(otherwise: T, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.listener.trouble(error);
      return otherwise;
    }
  }

  private async readState(): Promise<RolloutView> {
    const rollout = await this.hub.get<RolloutView>(this.path);
    this.listener.rollout(rollout);
    return rollout;
  }

  /** Streams while the hub gives one; in between, and when it refuses, pages of the same events. */
  private async readEvents(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const refused = await this.readStream(signal);
      const rounds = refused ? this.pace.pages : 1;
      for (let round = 0; round < rounds && !signal.aborted; round += 1) {
        await pause(this.pace.retryMs, signal);
        if (!signal.aborted) await this.readPages().catch(() => undefined); // reading the state tells of it
      }
    }
  }

  /** @returns whether the hub refused to stream. */
  private async readStream(signal: AbortSignal): Promise<boolean> {
    try {
      for await (const { id, data } of this.hub.events(`${this.path}/events`, {
        lastEventId: this.lastEvent,
        signal,
      })) {
        if (id === '')
          this.news.abort(); // a gap: the hub does not keep what came next, but the state has it
        else this.take(JSON.parse(data) as EventView);
      }
      return false;
    } catch (error) {
      return error instanceof HubProblem;
    }
  }

  private async readPages(): Promise<void> {
    for (let more = true; more;) {
      const cursor = this.lastEvent;
      const page = await this.hub.get<Page>(`${this.path}/events`, { cursor, limit: 500 });
      // A stream may have brought some of them meanwhile.
      for (const event of page.items) if (isAfter(event.id, this.lastEvent)) this.take(event);
      more = page.nextCursor !== null;
    }
  }

  private take(event: EventView): void {
    this.lastEvent = event.id;
    this.listener.event(event);
    this.news.abort();
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

const isPassing = (error: unknown): error is Error =>
  error instanceof HubProblem ? error.status >= 500 || error.status === 429 : error instanceof CommandFailure;

/** Ids of events are a time and a number within it: `1700000000000-3`. */
function isAfter(id: string, other: string): boolean {
  const [time = 0, place = 0] = id.split('-').map(Number);
  const [otherTime = 0, otherPlace = 0] = other.split('-').map(Number);
  return time > otherTime || (time === otherTime && place > otherPlace);
}
