import { AtMost } from '../platform/at-most';
import type { Clock } from '../platform/clock';
import { backoffMs } from '../restart/core/backoff';
import type { Letter } from './core/alert';

/** What an attempt to deliver came to; `why` never repeats an address: it may be a secret. */
export type Delivery = Readonly<{ kind: 'taken' }> | Readonly<{ kind: 'refused' | 'failed'; why: string }>;

export type MailboxParts = Readonly<{
  /** Never throws, and ends within its own bound. */
  deliver: (letter: Letter, signal: AbortSignal) => Promise<Delivery>;
  clock: Clock;
  /** A letter was given up. */
  lost: (about: string, why: string) => void;
}>;

/** Deliveries under way at once. */
const MAX_IN_FLIGHT = 4;
/** Letters that wait; more than these are given up at once, so that an endpoint that hangs costs no memory. */
const MAX_WAITING = 1000;
const MAX_TRIES = 6;

type Waiting = Readonly<{ letter: Letter; about: string; tries: number }>;

/** Sends letters beside everything else: nobody waits for it, and it is told only what was lost. */
export class Mailbox {
  readonly #stopping = new AbortController();
  readonly #letters = new AtMost<Waiting>(MAX_IN_FLIGHT, (letter) => this.#deliver(letter));
  #resting = 0;

  constructor(private readonly parts: MailboxParts) {}

  /** `about`: what the letter says, for the log. */
  post(letter: Letter, about: string): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#letters.waiting + this.#resting >= MAX_WAITING) {
      this.parts.lost(about, `${MAX_WAITING} wait already`);
      return;
    }
    this.#letters.add({ letter, about, tries: 0 });
  }

  /** What has not been taken by now is given up. */
  stop(): void {
    this.#stopping.abort();
    this.#letters.clear();
  }

  async #deliver({ letter, about, tries }: Waiting): Promise<void> {
    const { deliver, clock, lost } = this.parts;
    const delivery = await deliver(letter, this.#stopping.signal);
    if (delivery.kind === 'taken' || this.#stopping.signal.aborted) return;
    const again = { letter, about, tries: tries + 1 };
    if (delivery.kind === 'refused' || again.tries === MAX_TRIES) return lost(about, delivery.why);
    this.#resting += 1;
    clock.after(backoffMs(again.tries, clock.random()), () => {
      this.#resting -= 1;
      if (!this.#stopping.signal.aborted) this.#letters.add(again);
    });
  }
}
