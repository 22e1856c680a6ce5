import { Injectable } from '@nestjs/common';
import { HubMetrics } from '../ops/metrics';
import { Clock } from '../platform/clock';
import { Nudge } from '../platform/nudge';

/** What the service uses of the process around it. */
@Injectable()
export class RolloutPorts {
  constructor(
    readonly clock: Clock,
    readonly metrics: HubMetrics,
    readonly nudge: Nudge,
  ) {}
}
