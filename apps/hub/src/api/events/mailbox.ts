import { isAfter, type TailEntry } from './core/recent-events';

/** More than this waiting for one reader, and the reader is too slow. */
const MOST_WAITING = 2000;

/** What waits for one reader of the event stream. Bounded: a reader that falls behind is told to come again. */
export class Mailbox {
  private waiting: TailEntry[] = [];
  private wake: () => void = () => undefined;
  private seen = '0-0';

  /** @param overflow called once, when more waits than may; from then on nothing is kept. */
  constructor(private readonly overflow: () => void) {}

  /** The reader has everything up to this id: who fills the mailbox may be behind it. */
  startAfter(id: string): void {
    this.seen = id;
  }

  put(entries: readonly TailEntry[]): void {
    if (this.waiting.length > MOST_WAITING) return;
    this.waiting.push(...entries.filter(({ event }) => isAfter(event.id, this.seen)));
    if (this.waiting.length > MOST_WAITING) this.overflow();
    this.wake();
  }

  /** Everything that waits; when nothing does, what comes next, or nothing after `ms` milliseconds or on `stop`. */
  async take(ms: number, stop: AbortSignal): Promise<readonly TailEntry[]> {
    if (this.waiting.length === 0 && !stop.aborted) await this.something(ms, stop);
    if (this.waiting.length > MOST_WAITING) return [];
    const taken = this.waiting;
    this.waiting = [];
    return taken;
  }

  private something(ms: number, stop: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        stop.removeEventListener('abort', done);
        this.wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      stop.addEventListener('abort', done, { once: true });
      this.wake = done;
    });
  }
}
