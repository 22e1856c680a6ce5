import { Injectable } from '@nestjs/common';

/** Tells whoever waits for timers in this process that one has been set which comes up sooner. Nothing rests on it. */
@Injectable()
export class Nudge {
  /** By the steady clock. */
  private soonest = Infinity;
  private changed: () => void = () => undefined;

  /** A timer comes up in so many milliseconds. */
  soon(inMs: number): void {
    const at = performance.now() + Math.max(0, inMs);
    if (at >= this.soonest) return;
    this.soonest = at;
    this.changed();
  }

  /** Waits so long, or until the soonest of the timers that were told of, or until the signal. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const until = performance.now() + ms;
      let timer: NodeJS.Timeout;
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.soonest = Infinity;
        this.changed = () => undefined;
        resolve();
      };
      const arm = (): void => {
        clearTimeout(timer);
        timer = setTimeout(done, Math.max(0, Math.min(until, this.soonest) - performance.now()));
        timer.unref();
      };
      signal.addEventListener('abort', done);
      this.changed = arm;
      arm();
      if (signal.aborted) done();
    });
  }
}
