import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { receiverText } from '@app/contracts/policy/receivers';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import type { Webhook } from '../config/webhook-config';
import { HubMetrics } from '../ops/metrics';
import { Clock } from '../platform/clock';
import type { Why } from '../rollout/core/model';
import { pauseMs, type Verdict, verdictOf } from './core/delivery';
import { bodyOf, type Notice } from './core/notice';
import { Places } from './core/places';
import { NoticeStore } from './notice.store';
import { sendWebhook } from './webhook-sender';

/** Deliveries to one receiver under way at once, in this replica. All receivers together have fewer than there are workers. */
const PLACES = 2;
/** Who finds none comes back after this long, and later for each that has found none either. */
const NO_PLACE_MS = 1000;
const EACH_MORE_MS = 100;

const UNKNOWN: Why = { reason: 'ReceiverUnknown', message: 'the hub has no receiver of this name any more' };

/** Delivers notices that are due. One that nobody saw the end of is due again, until it was delivered or is given up. */
@Injectable()
export class Notifier implements OnModuleDestroy {
  private readonly logger = new Logger(Notifier.name);
  private readonly stopping = new AbortController();
  private readonly places = new Places(PLACES);

  constructor(
    private readonly store: NoticeStore,
    private readonly clock: Clock,
    private readonly metrics: HubMetrics,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'webhooks' | 'publicUrl'>,
  ) {}

  /** What is under way is left to others, or to the next start. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /** Tries once. @throws StoreUnavailable; then it comes up again. */
  async deliver(id: string): Promise<void> {
    const notice = await this.store.get(id);
    if (!notice) return this.store.forget(id);
    const webhook = this.config.webhooks.get(notice.receiver);
    if (!webhook) return this.giveUp(notice, UNKNOWN);
    const before = this.places.take(notice.receiver);
    if (before > 0) return this.store.again(notice, NO_PLACE_MS + before * EACH_MORE_MS);
    try {
      await this.tryOnce(notice, webhook);
    } finally {
      this.places.leave(notice.receiver);
    }
  }

  private async tryOnce(notice: Notice, webhook: Webhook): Promise<void> {
    const body = bodyOf(notice, this.config.publicUrl);
    const message = { id: notice.id, timestamp: Math.floor(this.clock.now() / 1000), body };
    const answer = await sendWebhook(message, webhook, this.stopping.signal);
    if (this.stopping.signal.aborted && 'why' in answer) return;
    await this.conclude(notice, verdictOf(answer));
  }

  private async conclude(notice: Notice, verdict: Verdict): Promise<void> {
    const { id, receiver, rollout } = notice;
    if (verdict.kind === 'delivered') {
      this.metrics.notifications(receiver, 'delivered');
      return this.end(notice, 'Delivered', { reason: '', message: 'told' });
    }
    const { why } = verdict;
    if (verdict.kind === 'refused') return this.giveUp(notice, { reason: 'NotificationRefused', message: why });
    const tries = notice.tries + 1;
    const inMs = pauseMs(id, tries, verdict.notBeforeMs);
    if (inMs === null)
      return this.giveUp(notice, { reason: 'NotificationExpired', message: `tried ${tries} times: ${why}` });
    this.metrics.notifications(receiver, 'retried');
    this.logger.warn({ msg: 'a notification could not be delivered and is tried again', rollout, receiver, why, inMs });
    await this.store.again({ ...notice, tries }, inMs);
  }

  private async giveUp(notice: Notice, why: Why): Promise<void> {
    const { rollout, receiver } = notice;
    this.metrics.notifications(this.config.webhooks.has(receiver) ? receiver : 'unknown', 'failed');
    await this.end(notice, 'Failed', why);
    this.logger.error({ msg: 'a notification was given up', rollout, receiver, ...why });
  }

  private end(notice: Notice, how: 'Delivered' | 'Failed', { reason, message }: Why): Promise<void> {
    return this.store.end(notice, {
      at: this.clock.now(),
      type: `notification.${how}`,
      rollout: notice.rollout,
      cluster: '',
      reason,
      message: `${receiverText(notice.receiver)}: ${message}`,
    });
  }
}
