import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { type Job, Queue, Worker } from 'bullmq';
import { type Due, dueJobId, parseDue } from '../platform/core/due';
import { Keys } from '../platform/keys';
import { BullConnection } from '../platform/redis';
import { WakeHandler } from './wake.handler';

/** One queue per kind of wake-up, with how many of them one replica works on at a time. */
const QUEUES = { tick: 10, dispatch: 50, window: 10, notify: 48 } as const;
type QueueName = keyof typeof QUEUES;

const QUEUE_OF: Readonly<Record<Due['type'], QueueName>> = {
  rollout: 'tick',
  dispatch: 'dispatch',
  window: 'window',
  cluster: 'window',
  notice: 'notify',
};

/** A job of a replica that died is run by another after at most their sum. */
const LOCK_MS = 15_000;
const STALLED_EVERY_MS = 5_000;
/** So long without taking a job although one was rung for, and workers count as stuck. */
const STUCK_MS = 60_000;
/** Finished jobs go at once: a kept id would swallow the next wake-up of the same entry. */
const GONE_WHEN_DONE = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const;

/** After an outage of Redis a worker may wait for ever for an answer that was lost. */
const CLOSE_MS = 5000;

async function ended(closing: Promise<void>, part: Queue | Worker): Promise<void> {
  const stop = new AbortController();
  const closed = closing.then(
    () => true,
    () => false,
  );
  const late = pause(CLOSE_MS, false, { signal: stop.signal }).catch(() => false);
  const inTime = await Promise.race([closed, late]);
  stop.abort();
  if (!inTime) void part.disconnect().catch(() => undefined);
}

/**
 * BullMQ as a doorbell: a job says "look at this due entry" and holds no state. Losing all of them costs the time until the
 * entries come up again.
 */
@Injectable()
export class WorkQueues {
  private readonly logger = new Logger(WorkQueues.name);
  private queues: ReadonlyMap<QueueName, Queue> = new Map();
  private workers: readonly Worker[] = [];
  /** Monotonic time of the first ring that no worker of this process has answered by taking any job. */
  private unansweredSince: number | null = null;

  constructor(
    private readonly connection: BullConnection,
    private readonly keys: Keys,
    private readonly handler: WakeHandler,
  ) {}

  open(): void {
    const names = Object.keys(QUEUES) as QueueName[];
    const shared = { connection: this.connection.options(), prefix: this.keys.queues };
    this.queues = new Map(
      names.map((name) => [name, this.heard(new Queue(name, { ...shared, defaultJobOptions: GONE_WHEN_DONE }))]),
    );
    this.startWorkers();
  }

  /** Rings for these entries; for one that rings already nothing is added. */
  async ring(members: readonly string[]): Promise<void> {
    const jobs = members.flatMap((member) => {
      const due = parseDue(member);
      return due
        ? [{ queue: QUEUE_OF[due.type], name: due.type, data: { member }, opts: { jobId: dueJobId(member) } }]
        : [];
    });
    if (jobs.length > 0) this.unansweredSince ??= performance.now();
    await Promise.all(
      [...this.queues].map(async ([name, queue]) => {
        const own = jobs.filter((job) => job.queue === name);
        if (own.length > 0) await queue.addBulk(own.map(({ queue: _queue, ...job }) => job));
      }),
    );
  }

  /** Rings go unanswered. Other replicas may have taken all jobs: then new workers do no harm. */
  areStuck(): boolean {
    return this.unansweredSince !== null && performance.now() - this.unansweredSince > STUCK_MS;
  }

  /** Workers that have stopped taking jobs are replaced, whatever they wait for. */
  restartWorkers(): void {
    this.unansweredSince = null;
    const stuck = this.workers;
    this.startWorkers();
    for (const worker of stuck) void ended(worker.close(true), worker);
  }

  /** Waits for jobs under way; those are short. */
  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => ended(worker.close(), worker)));
    await Promise.all([...this.queues.values()].map((queue) => ended(queue.close(), queue)));
  }

  /** Jobs by queue and state, for metrics. */
  async counts(): Promise<readonly Readonly<{ queue: string; state: string; count: number }>[]> {
    const all = await Promise.all(
      [...this.queues].map(async ([name, queue]) => ({ queue: name, counts: await queue.getJobCounts() })),
    );
    return all.flatMap(({ queue, counts }) =>
      Object.entries(counts).map(([state, count]) => ({ queue, state, count })),
    );
  }

  private startWorkers(): void {
    const names = Object.keys(QUEUES) as QueueName[];
    this.workers = names.map((name) => this.heard(this.worker(name)));
  }

  private worker(name: QueueName): Worker {
    const work = async ({ data }: Job<{ member: string }>): Promise<void> => {
      this.unansweredSince = null;
      const due = parseDue(data.member);
      if (due) await this.handler.handle(due);
    };
    return new Worker(name, work, {
      connection: this.connection.options(),
      prefix: this.keys.queues,
      concurrency: QUEUES[name],
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_EVERY_MS,
      maxStalledCount: 1000, // how often something is tried is the engine's business
      drainDelay: 5,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
  }

  /** Without a listener an error of the connection would end the process; the entry comes up again anyway. */
  private heard<T extends Queue | Worker>(part: T): T {
    const say = (error: Error): void => this.logger.debug({ msg: 'queue', name: part.name, why: error.message });
    (part as Worker).on('error', say);
    return part;
  }
}
