import { DEAD_AFTER_BEATS } from '@app/contracts/wire/envelope';

import { performance } from 'node:perf_hooks';

/** A frame that the hub neither stored nor refused for so long: the session is broken, a new one starts clean. */
const ANSWER_MS = 60_000;
/** Whatever the hub asks for: a timer that is set to more than it can hold goes off at once. */
const LONGEST_BEAT_MS = 600_000;

type Hooks = Readonly<{ beat: () => void; dead: (why: string) => void }>;

/** Sends heartbeats, and notices when the other side has gone quiet or leaves frames unanswered. */
export class Liveness {
  readonly #unanswered = new Map<string, number>();
  readonly #expected = new Map<string, NodeJS.Timeout>();
  #heardAt = performance.now();
  #beatTimer: NodeJS.Timeout | null = null;
  #checkTimer: NodeJS.Timeout | null = null;

  constructor(private readonly hooks: Hooks) {}

  start(askedMs: number): void {
    const intervalMs = Math.min(askedMs, LONGEST_BEAT_MS);
    this.#heardAt = performance.now();
    this.#scheduleBeat(intervalMs);
    this.#checkTimer = setInterval(() => this.#check(intervalMs), intervalMs / 2);
  }

  heard(): void {
    this.#heardAt = performance.now();
  }

  /** `what` has to arrive within `withinMs`. */
  expect(what: string, withinMs: number): void {
    this.#expected.set(
      what,
      setTimeout(() => this.hooks.dead(`no ${what} within ${withinMs} ms`), withinMs),
    );
  }

  arrived(what: string): void {
    clearTimeout(this.#expected.get(what));
    this.#expected.delete(what);
  }

  sent(frame: string): void {
    this.#unanswered.set(frame, performance.now());
  }

  answered(frame: string): void {
    this.#unanswered.delete(frame);
  }

  stop(): void {
    if (this.#beatTimer) clearTimeout(this.#beatTimer);
    if (this.#checkTimer) clearInterval(this.#checkTimer);
    for (const timer of this.#expected.values()) clearTimeout(timer);
    this.#expected.clear();
  }

  /** Spread by ±20 %, so that a fleet that connected together does not beat together. */
  #scheduleBeat(intervalMs: number): void {
    this.#beatTimer = setTimeout(
      () => {
        this.hooks.beat();
        this.#scheduleBeat(intervalMs);
      },
      intervalMs * (0.8 + Math.random() * 0.4),
    );
  }

  #check(intervalMs: number): void {
    const now = performance.now();
    const silentMs = now - this.#heardAt;
    if (silentMs > intervalMs * DEAD_AFTER_BEATS)
      return this.hooks.dead(`nothing heard for ${Math.round(silentMs)} ms`);
    // Frames are answered in the order in which they were sent, so the first is the oldest.
    const [oldest] = this.#unanswered.values();
    if (oldest !== undefined && now - oldest > ANSWER_MS)
      this.hooks.dead(`a frame was not answered for ${ANSWER_MS} ms`);
  }
}
