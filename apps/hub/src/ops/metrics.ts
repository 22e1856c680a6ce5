import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { setTimeout as pause } from 'node:timers/promises';
import type { RolloutPhase } from '@app/contracts/phases';

export const METRIC_PREFIX = 'fleet_reloader_hub_';

/** What gauges show; asked at each scrape. An undefined answer means "can not be told now" and leaves the series out. */
export type GaugeSources = Readonly<{
  /** Connected and other clusters by state. */
  agents(): Promise<ReadonlyMap<string, number>>;
  /** Rollouts that are not over, by phase. */
  rollouts(): Promise<ReadonlyMap<string, number>>;
  /** What these wait for, by reason. */
  waits(): Promise<ReadonlyMap<string, number>>;
  /** The store was lost, and nothing starts before the clusters have said where they stand. */
  recovering(): Promise<boolean>;
  /** Something that the files of HUB_POLICY_DIR say is not in force; undefined: there are none. */
  policyFilesRefused(): Promise<boolean | undefined>;
  /** How late the oldest due entry is, in seconds; 0 when none is. */
  dueOverdueSeconds(): Promise<number>;
  /** BullMQ jobs by queue and state. */
  jobs(): Promise<readonly Readonly<{ queue: string; state: string; count: number }>[]>;
}>;

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Every metric of the hub. Labels never hold names of workloads, sources or namespaces: their number is not bounded. */
@Injectable()
export class HubMetrics {
  readonly registry = new Registry();
  private sources: Partial<GaugeSources> = {};

  private readonly changes = this.counter('changes_total', 'Changed sources that agents reported.', []);
  private readonly started = this.counter('rollouts_started_total', 'Rollouts created.', ['trigger']);
  private readonly finished = this.counter('rollouts_finished_total', 'Rollouts that reached a terminal phase.', [
    'phase',
  ]);
  private readonly restarts = this.counter('restarts_total', 'Restarts that agents reported as over.', ['outcome']);
  private readonly frames = this.counter('frames_total', 'Messages of agents, by type and result.', ['type', 'result']);
  private readonly conflicts = this.counter(
    'transition_conflicts_total',
    'Rollout transitions that were decided anew because another replica was first.',
    [],
  );
  private readonly permits = this.counter('dispatches_total', 'Permits handed to agents.', ['result']);
  private readonly limited = this.counter(
    'starts_limited_total',
    'Restarts that were to begin and had to wait, each time that they asked, by reason.',
    ['reason'],
  );
  private readonly told = this.counter(
    'notifications_total',
    'Tries to tell a receiver of a halt, by what came of them.',
    ['receiver', 'result'],
  );
  private readonly requests = this.counter('http_requests_total', 'HTTP requests by route template.', [
    'method',
    'route',
    'status',
  ]);
  private readonly dispatchTime = this.histogram(
    'dispatch_seconds',
    'From a target being due to its permit being sent.',
    [],
  );
  private readonly requestTime = this.histogram('http_request_duration_seconds', 'Time to answer, by route template.', [
    'method',
    'route',
  ]);
  private readonly unreadable = this.gauge('rollouts_unreadable', 'Rollouts that this hub found and can not read.', []);
  private readonly redis = this.gauge('redis_up', '1 while Redis answers.', []);

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: METRIC_PREFIX });
    this.pulled('agents', 'Clusters by state of their agent.', ['state'], async () =>
      perLabel('state', await this.sources.agents?.()),
    );
    this.pulled('rollouts', 'Rollouts that are not over, by phase.', ['phase'], async () =>
      perLabel('phase', await this.sources.rollouts?.()),
    );
    this.pulled(
      'rollout_waits',
      'Rollouts that are not over, by the reasons that they wait for.',
      ['reason'],
      async () => perLabel('reason', await this.sources.waits?.()),
    );
    this.pulled('recovering', '1 while nothing starts because the store was lost.', [], async () =>
      single(flag(await this.sources.recovering?.())),
    );
    this.pulled('policy_files_refused', '1 while what HUB_POLICY_DIR says is not in force.', [], async () =>
      single(flag(await this.sources.policyFilesRefused?.())),
    );
    this.pulled('due_overdue_seconds', 'How late the oldest due entry is; rises when nobody works.', [], async () =>
      single(await this.sources.dueOverdueSeconds?.()),
    );
    this.pulled(
      'queue_jobs',
      'BullMQ jobs by queue and state.',
      ['queue', 'state'],
      async () =>
        (await this.sources.jobs?.())?.map(({ queue, state, count }) => ({ labels: { queue, state }, value: count })) ??
        [],
    );
  }

  /** Call once: the build that runs. */
  buildInfo(version: string, commit: string): void {
    this.gauge('build_info', 'Always 1; the labels tell the build.', ['version', 'commit']).set({ version, commit }, 1);
  }

  /** Connects gauges to those who know; may be called more than once with different parts. */
  observe(sources: Partial<GaugeSources>): void {
    this.sources = { ...this.sources, ...sources };
  }

  changesObserved(count = 1): void {
    this.changes.inc(count);
  }

  rolloutsStarted(trigger: 'change' | 'manual'): void {
    this.started.inc({ trigger });
  }

  rolloutsFinished(phase: RolloutPhase): void {
    this.finished.inc({ phase });
  }

  restartsReported(outcome: string): void {
    this.restarts.inc({ outcome });
  }

  /** `result` is a short stable word: accepted, invalid, refused, failed. */
  framesReceived(type: string, result: string): void {
    this.frames.inc({ type, result });
  }

  transitionConflicts(): void {
    this.conflicts.inc();
  }

  /** @param waitedSeconds from the target being due to now; left out when it is not known. */
  dispatches(result: 'sent' | 'offline' | 'failed', waitedSeconds?: number): void {
    this.permits.inc({ result });
    if (waitedSeconds !== undefined) this.dispatchTime.observe(Math.max(0, waitedSeconds));
  }

  startsLimited(reason: string): void {
    this.limited.inc({ reason });
  }

  /** @param receiver by its configured name; `unknown` for any that is not configured. */
  notifications(receiver: string, result: 'delivered' | 'retried' | 'failed'): void {
    this.told.inc({ receiver, result });
  }

  httpRequest(labels: Readonly<{ method: string; route: string; status: number }>, tookSeconds: number): void {
    const { method, route } = labels;
    this.requests.inc({ method, route, status: String(labels.status) });
    this.requestTime.observe({ method, route }, tookSeconds);
  }

  rolloutsUnreadable(count: number): void {
    this.unreadable.set(count);
  }

  redisUp(up: boolean): void {
    this.redis.set(up ? 1 : 0);
  }

  private counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter<L>({
      name: METRIC_PREFIX + name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
    });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge<L>({ name: METRIC_PREFIX + name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  private histogram<L extends string>(name: string, help: string, labelNames: readonly L[]): Histogram<L> {
    return new Histogram<L>({
      name: METRIC_PREFIX + name,
      help,
      labelNames: [...labelNames],
      buckets: seconds,
      registers: [this.registry],
    });
  }

  /** A gauge whose value is read when someone scrapes. A source that fails leaves the gauge empty: no old number poses as new. */
  private pulled(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => Promise<readonly Sample[]>,
  ): void {
    new Gauge({
      name: METRIC_PREFIX + name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      async collect() {
        const samples = await inTime(read()).catch((): readonly Sample[] => []);
        this.reset();
        if (samples.length === 0) this.remove({});
        for (const { labels, value } of samples) this.set(labels, value);
      },
    });
  }
}

/** A source that waits for Redis must not keep the scrape waiting. */
const SOURCE_TIMEOUT_MS = 1000;

async function inTime<T>(reading: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = pause(SOURCE_TIMEOUT_MS, undefined, { signal: stop.signal, ref: false }).then(() => {
    throw new Error('the source of a gauge did not answer in time');
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    late.catch(() => undefined);
    stop.abort();
  }
}

type Sample = Readonly<{ labels: Readonly<Record<string, string>>; value: number }>;

const perLabel = (label: string, values: ReadonlyMap<string, number> | undefined): readonly Sample[] =>
  [...(values ?? [])].map(([key, value]) => ({ labels: { [label]: key }, value }));

const single = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : [{ labels: {}, value }]);

const flag = (is: boolean | undefined): number | undefined => (is === undefined ? undefined : Number(is));
