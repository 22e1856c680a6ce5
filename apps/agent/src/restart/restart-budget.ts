import type { Clock } from '../platform/clock';
import { FairQueue } from './core/fair-queue';

const MINUTE_MS = 60_000;
/** What was released and needed no restart after all has left room for another. */
const LOOK_AGAIN_MS = 1000;

/** At most so many restarts begin in any minute, whoever ordered them; what is too much waits, in fair turns. */
export class RestartBudget<T extends object> {
  readonly #begun: number[] = [];
  readonly #waiting = new FairQueue<T>();
  readonly #released = new WeakSet<T>();
  #scheduled = false;

  constructor(
    /** null: no bound. */
    private readonly most: number | null,
    private readonly clock: Clock,
    /** Called with what has waited when there is room for it: it is to ask again. */
    private readonly release: (item: T) => void,
  ) {}

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** true: it may begin, and is counted. false: it waits, and comes back by `release`. */
  admit(turn: string, item: T): boolean {
    if (this.most === null) return true;
    const wasReleased = this.#released.delete(item);
    const isItsTurn = wasReleased || this.#waiting.size === 0;
    if (isItsTurn && this.#room() > 0) {
      this.#begun.push(this.clock.monotonic());
      return true;
    }
    this.#waiting.push(turn, item);
    this.#schedule();
    return false;
  }

  /** One that was admitted has not begun after all. */
  giveBack(): void {
    this.#begun.pop();
  }

  #room(): number {
    const since = this.clock.monotonic() - MINUTE_MS;
    while (this.#begun[0] !== undefined && this.#begun[0] <= since) this.#begun.shift();
    return (this.most ?? 0) - this.#begun.length;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.clock.after(LOOK_AGAIN_MS, () => {
      this.#scheduled = false;
      for (let room = this.#room(); room > 0 && this.#waiting.size > 0; room -= 1) this.#releaseNext();
      if (this.#waiting.size > 0) this.#schedule();
    });
  }

  #releaseNext(): void {
    const item = this.#waiting.take();
    if (item === undefined) return;
    this.#released.add(item);
    this.release(item);
  }
}
