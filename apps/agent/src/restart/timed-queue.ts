import type { Clock } from '../platform/clock';
import { FairQueue } from './core/fair-queue';
import type { RestartHooks } from './restart-hooks';

/** A fair queue that tells how long what is in it waits. */
export class TimedQueue<T> {
  readonly #queue = new FairQueue<Readonly<{ item: T; since: number }>>();

  constructor(
    private readonly clock: Clock,
    private readonly hooks: Pick<RestartHooks, 'queued' | 'taken'>,
  ) {}

  get size(): number {
    return this.#queue.size;
  }

  push(group: string, item: T): void {
    this.#queue.push(group, { item, since: this.clock.monotonic() });
    this.hooks.queued();
  }

  take(): T | undefined {
    const next = this.#queue.take();
    if (next) this.hooks.taken((this.clock.monotonic() - next.since) / 1000);
    return next?.item;
  }
}
