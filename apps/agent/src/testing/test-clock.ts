import type { Clock } from '../platform/clock';

type Timer = { at: number; call: () => void };

/** A clock that stands still until a spec moves it. */
export class TestClock implements Clock {
  #now = 0;
  #wall = Date.UTC(2026, 0, 1);
  #timers: Timer[] = [];

  wall(): number {
    return this.#wall + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((one) => one !== timer));
  }

  /** The process stood still for so long, and time did not: what is due is called at the next `advance`. */
  skip(ms: number): void {
    this.#now += ms;
  }

  /** Somebody sets the machine's clock, by so many ms; no time goes by. */
  setForward(ms: number): void {
    this.#wall += ms;
  }

  /** Goes on by so many ms; what is due on the way is called in order, and its promises may settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await turn();
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
    }
    this.#now = end;
    await turn();
  }
}

/** Lets promises and turns of the event loop that are due run to their end. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
