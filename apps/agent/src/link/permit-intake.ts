import { performance } from 'node:perf_hooks';
import type { permitAck } from '@app/contracts/wire/agent-messages';
import type { Permit } from '@app/contracts/wire/hub-messages';
import type { z } from 'zod';
import type { HubClock } from './core/hub-clock';
import type { PermitHandler } from './hub-link.port';

/** Far below the time after which the hub sends a permit again. */
const ACKNOWLEDGED_WITHIN_MS = 50;
/** Read so long after it was sent, a permit may have a cancellation right behind it. */
const LATE_MS = 250;

type Ack = z.infer<typeof permitAck>;

export type PermitIntakeParts = Readonly<{
  handler: Pick<PermitHandler, 'permit'>;
  hubClock: HubClock;
  /** Asks the hub for a sign of life, for which `answered` is called; it comes after all that the hub has sent before. */
  ask: () => void;
  acknowledge: (ack: Ack) => void;
}>;

/**
 * Takes in a session's permits. One that was long under way, because the network stood still or this process did, is not
 * acted on before the hub has answered once more: what it cancelled meanwhile is known by then.
 */
export class PermitIntake {
  /** Of permits that were taken in and are not acknowledged yet. */
  readonly #acks: Ack[] = [];
  readonly #late: Permit[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: PermitIntakeParts) {}

  /** @param sentAt the hub's time in its frame, epoch ms. */
  take(permit: Permit, sentAt: number): void {
    const isLate = this.parts.hubClock.now(performance.now()) - sentAt > LATE_MS;
    if (!isLate) return this.#give(permit);
    this.#late.push(permit);
    if (this.#late.length === 1) this.parts.ask();
  }

  answered(): void {
    for (const permit of this.#late.splice(0)) this.#give(permit);
  }

  /**
   * Nobody waits for an acknowledgement: it goes along with the first news of the restarts, which it would only delay, and
   * the hub takes in both at once.
   */
  acknowledge(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const ack of this.#acks.splice(0)) this.parts.acknowledge(ack);
  }

  /** The session is over: what waits comes again with the next one, unless it was cancelled. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#acks.length = 0;
    this.#late.length = 0;
  }

  #give(permit: Permit): void {
    const { handler, hubClock } = this.parts;
    const permits = permit.restarts.map((restart) => restart.permit);
    this.#acks.push({ rollout: permit.rollout, attempt: permit.attempt, permits });
    this.#timer ??= setTimeout(() => this.acknowledge(), ACKNOWLEDGED_WITHIN_MS);
    handler.permit(permit, () => hubClock.now(performance.now()));
  }
}
