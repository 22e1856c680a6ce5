/** Undoes a scheduled call; harmless once it has run. */
export type Cancel = () => void;

/** The only source of time in the simulator, so that unit specs can move it by hand. */
export interface SimulatorClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `run` once, `ms` milliseconds from now; 0 means "after the current work". */
  after(ms: number, run: () => void): Cancel;
}

/** The machine's clock. Its timers keep no process alive. */
export const systemClock: SimulatorClock = {
  now: () => Date.now(),
  after: (ms, run) => {
    if (ms <= 0) {
      const immediate = setImmediate(run);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until told to move; timers fire in the order of their instants. */
export class ManualClock implements SimulatorClock {
  private instant: number;
  private order = 0;
  private timers: { at: number; order: number; run: () => void }[] = [];

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.instant = start;
  }

  now(): number {
    return this.instant;
  }

  after(ms: number, run: () => void): Cancel {
    const timer = { at: this.instant + Math.max(0, ms), order: this.order++, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Moves time forward by `ms`, firing everything due on the way, also what the fired calls schedule. */
  advance(ms: number): void {
    const end = this.instant + ms;
    for (let next = this.nextDue(end); next !== undefined; next = this.nextDue(end)) {
      this.timers = this.timers.filter((other) => other !== next);
      this.instant = Math.max(this.instant, next.at);
      next.run();
    }
    this.instant = end;
  }

  private nextDue(end: number) {
    return this.timers
      .filter((timer) => timer.at <= end)
      .sort((a, b) => a.at - b.at || a.order - b.order)
      .at(0);
  }
}

/** An instant as Kubernetes writes it: RFC 3339, whole seconds. */
export const timestamp = (instant: number): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;
