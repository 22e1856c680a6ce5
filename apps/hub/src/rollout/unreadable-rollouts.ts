import { Injectable, Logger } from '@nestjs/common';
import { HubMetrics } from '../ops/metrics';
import type { RolloutUnreadable } from './rollout-errors';

/** Rollouts that this process has met in the store and could not read: each is told once, and all are counted. */
@Injectable()
export class UnreadableRollouts {
  private readonly logger = new Logger(UnreadableRollouts.name);
  private readonly ids = new Set<string>();

  constructor(private readonly metrics: HubMetrics) {}

  has(id: string): boolean {
    return this.ids.has(id);
  }

  add({ id, message }: RolloutUnreadable): void {
    if (this.ids.has(id)) return;
    this.ids.add(id);
    this.metrics.rolloutsUnreadable(this.ids.size);
    this.logger.warn({ msg: 'a rollout is left alone, because it can not be read', rollout: id, why: message });
  }

  /** It is gone, or can be read again. */
  remove(id: string): void {
    if (this.ids.delete(id)) this.metrics.rolloutsUnreadable(this.ids.size);
  }
}
