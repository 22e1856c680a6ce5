import { performance } from 'node:perf_hooks';
import { MAX_ITEMS_PER_FRAME } from '@app/contracts/wire/envelope';
import type { HubClock } from './core/hub-clock';
import { onHubTime } from './core/hub-time';
import type { Outbox } from './core/outbox';
import type { Results } from './core/results';
import type { FactReader } from './fact-reader';
import type { FrameWriter } from './frame-writer';
import type { Liveness } from './liveness';

type Parts = Readonly<{
  outbox: Outbox;
  results: Results;
  facts: FactReader;
  frames: FrameWriter;
  liveness: Liveness;
  hubClock: HubClock;
}>;

/** Sends what the hub has yet to store: facts first, then the results that go with them. */
export class Uplink {
  constructor(private readonly parts: Parts) {}

  /** Something has yet to be sent. */
  get hasWork(): boolean {
    return this.parts.outbox.hasWork || this.parts.results.next() !== undefined;
  }

  /** @param credits most frames that may be without an answer at once. */
  flush(credits: number): void {
    const { outbox, results } = this.parts;
    while (this.#unanswered() < credits && outbox.hasWork) this.#report();
    for (let result = results.next(); result && this.#unanswered() < credits; result = results.next()) {
      const frame = this.parts.frames.write('result', onHubTime(result, this.#hubAheadMs()));
      results.sent(frame, result);
      this.parts.liveness.sent(frame);
    }
  }

  #report(): void {
    const { outbox, facts, frames, liveness } = this.parts;
    const chunk = facts.chunk(outbox.next(MAX_ITEMS_PER_FRAME));
    const { digest } = outbox.sent(frames.nextId, chunk.keys);
    liveness.sent(frames.write('report', { ...chunk.facts, inventoryDigest: digest }));
  }

  /** Whole ms; a hub that has said nothing yet is taken to have this machine's time. */
  #hubAheadMs(): number {
    const { hubClock } = this.parts;
    return hubClock.known ? Math.round(hubClock.now(performance.now()) - Date.now()) : 0;
  }

  #unanswered(): number {
    return this.parts.outbox.unacknowledged + this.parts.results.unacknowledged;
  }
}
