import { Inject, Injectable } from '@nestjs/common';
import { HubMetrics } from '../ops/metrics';
import { Clock } from '../platform/clock';
import { GATEWAY_SETTINGS, type GatewaySettings } from './gateway-settings';

/** What every part of the gateway looks at. */
@Injectable()
export class GatewayContext {
  constructor(
    @Inject(GATEWAY_SETTINGS) readonly settings: GatewaySettings,
    readonly metrics: HubMetrics,
    readonly clock: Clock,
  ) {}
}
