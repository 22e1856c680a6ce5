import type { Logger } from 'pino';
import { objectKey } from '@app/contracts/objects';
import type { AlertConfig } from '../config/modes';
import { systemClock } from '../platform/clock';
import type { RestartHooks } from '../restart/restart-hooks';
import { alertLetter, alertText, isTaken } from './core/alert';
import { HttpDelivery } from './http-delivery';
import { Mailbox } from './mailbox';

/** Tells a chat of each restart. An alert that can not be sent is told in the log, and fails nothing. */
export class Alerts {
  readonly #mailbox: Mailbox;

  constructor(
    private readonly config: AlertConfig,
    log: Logger,
  ) {
    const { url, proxy, sink } = config;
    const delivery = new HttpDelivery({ url, proxy, isTaken: (status) => isTaken(sink, status) });
    this.#mailbox = new Mailbox({
      deliver: (letter, signal) => delivery.deliver(letter, signal),
      clock: systemClock,
      lost: (workload, why) => log.error({ workload, why }, 'an alert could not be sent'),
    });
  }

  readonly restarted: RestartHooks['restarted'] = ({ workload }, source) => {
    const { sink, additionalInfo } = this.config;
    if (!source) return;
    const text = alertText({ source, workload }, additionalInfo);
    this.#mailbox.post(alertLetter(sink, text), objectKey(workload));
  };

  stop(): void {
    this.#mailbox.stop();
  }
}
