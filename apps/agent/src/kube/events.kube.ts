import { EventSeries, type Series } from './core/event-series';
import { microTime } from './core/micro-time';
import { describeFailure } from './core/answers';
import { eventsPath } from './core/paths';
import { MANAGED_BY } from './core/own-objects';
import { type Clock, systemClock } from '../platform/clock';
import type { KubeClient } from './client';
import type { KubeEvents, ObjectEvent } from './kube.port';

const CONTROLLER = 'fleet-reloader-agent';
/** More waiting Events than this are dropped, newest first: restarts must never wait for Events. */
const MOST_WAITING = 1000;
/** What is told again is counted, and the counts are written this long after the first of them, in ms. */
export const COUNT_AFTER_MS = 10_000;
/** Lengths that the API refuses beyond. */
const MOST = { note: 1024, reason: 128, action: 128, instance: 128 };

export type EventsOptions = Readonly<{
  /** Name of this process among the agent's replicas. */
  instance: string;
  /** Told why an Event is lost. */
  lost: (why: string) => void;
}>;

/** Writes Events one after another in the background: news at once, and how often it was told again all together. */
export class ApiKubeEvents implements KubeEvents {
  private readonly series = new EventSeries();
  private readonly waiting = new Set<Series>();
  private readonly created = new WeakSet<Series>();
  private readonly toldAgain = new Set<Series>();
  private cancelCounting: (() => void) | null = null;
  private writing: Promise<void> | null = null;

  constructor(
    private readonly client: Pick<KubeClient, 'request'>,
    private readonly options: EventsOptions,
    private readonly clock: Clock = systemClock,
  ) {}

  record(event: ObjectEvent): void {
    const series = this.series.observe(event, this.clock.wall());
    if (this.waiting.size >= MOST_WAITING)
      return this.options.lost(`more than ${MOST_WAITING} Events wait to be written`);
    if (this.created.has(series)) return this.countLater(series);
    this.waiting.add(series);
    this.kick();
  }

  /** Resolves when all recorded Events are written or lost. */
  async flush(): Promise<void> {
    this.countNow();
    while (this.writing) await this.writing;
  }

  private countLater(series: Series): void {
    this.toldAgain.add(series);
    this.cancelCounting ??= this.clock.after(COUNT_AFTER_MS, () => this.countNow());
  }

  private countNow(): void {
    this.cancelCounting?.();
    this.cancelCounting = null;
    for (const series of this.toldAgain) this.waiting.add(series);
    this.toldAgain.clear();
    if (this.waiting.size > 0) this.kick();
  }

  private kick(): void {
    this.writing ??= this.drain().finally(() => {
      this.writing = null;
      if (this.waiting.size > 0) this.kick();
    });
  }

  private async drain(): Promise<void> {
    for (const series of this.waiting) {
      this.waiting.delete(series);
      const answer = await (this.created.has(series) ? this.count(series) : this.create(series));
      if (answer.ok) this.created.add(series);
      else this.options.lost(describeFailure(answer.failure));
    }
  }

  private create(series: Series): ReturnType<KubeClient['request']> {
    const { event } = series;
    const { namespace } = event.regarding;
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: series.name, namespace, labels: MANAGED_BY },
      eventTime: microTime(series.firstAt),
      reportingController: CONTROLLER,
      reportingInstance: this.options.instance.slice(0, MOST.instance),
      action: event.action.slice(0, MOST.action),
      reason: event.reason.slice(0, MOST.reason),
      regarding: event.regarding,
      note: event.note.slice(0, MOST.note),
      type: event.type,
      ...seriesField(series),
    };
    return this.client.request({ verb: 'POST', path: eventsPath(namespace), body });
  }

  private count(series: Series): ReturnType<KubeClient['request']> {
    const path = `${eventsPath(series.event.regarding.namespace)}/${encodeURIComponent(series.name)}`;
    return this.client.request({
      verb: 'PATCH',
      path,
      contentType: 'application/merge-patch+json',
      body: seriesField(series),
    });
  }
}

const seriesField = ({ count, lastAt }: Series): object =>
  count < 2 ? {} : { series: { count, lastObservedTime: microTime(lastAt) } };
