import type { Logger } from 'pino';
import { objectKey } from '@app/contracts/objects';
import type { Triggers } from '../inventory/core/absence';
import type { SourceHooks } from '../inventory/source-intake';
import { systemClock } from '../platform/clock';
import { HttpDelivery } from './http-delivery';
import { Mailbox } from './mailbox';

/** Reloader's own words: receivers compare them. */
const LETTER = { contentType: 'application/json', body: '{"webhook":"update successful"}' } as const;

/** In the place of restarts: each change of data is told to an endpoint, whoever uses it. No workload is touched. */
export class WebhookOrders {
  readonly #mailbox: Mailbox;

  #isOpen = false;

  constructor(
    url: URL,
    private readonly triggers: Triggers,
    log: Logger,
  ) {
    const delivery = new HttpDelivery({ url, proxy: null, isTaken: (status) => status >= 200 && status < 300 });
    this.#mailbox = new Mailbox({
      deliver: (letter, signal) => delivery.deliver(letter, signal),
      clock: systemClock,
      lost: (source, why) => log.error({ source, why }, 'the webhook could not be told of a change'),
    });
  }

  /** `known`: when everything that exists was seen: what exists then has not changed. */
  async start(known: Promise<void>): Promise<void> {
    await known;
    this.#isOpen = true;
  }

  readonly sourceMoved: SourceHooks['sourceMoved'] = (source, how) => {
    const isAsked = { updated: true, created: this.triggers.onCreate, deleted: this.triggers.onDelete }[how];
    if (this.#isOpen && isAsked) this.#mailbox.post(LETTER, objectKey(source));
  };

  stop(): void {
    this.#mailbox.stop();
  }
}
