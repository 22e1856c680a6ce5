import { Inject, Injectable } from '@nestjs/common';
import { HubMetrics } from '../ops/metrics';
import { Clock } from '../platform/clock';
import { StateRedis } from '../platform/redis';
import { GATEWAY_SETTINGS, type GatewaySettings } from './gateway-settings';

/** What every part of the gateway looks at. */
@Injectable()
export class GatewayContext {
  constructor(
    @Inject(GATEWAY_SETTINGS) readonly settings: GatewaySettings,
    readonly metrics: HubMetrics,
    readonly clock: Clock,
    private readonly redis: StateRedis,
  ) {}

  /**
   * Called whenever the store is there again: the same one, another one that took over, or an older copy of it; and
   * whenever it did not take something, as one that is full does: what agents say then may arrive one by one later.
   */
  onStoreDoubt(listener: () => void): void {
    this.redis.on('ready', listener);
    this.redis.onUnavailable(listener);
  }
}
