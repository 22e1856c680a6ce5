import { Injectable, Logger } from '@nestjs/common';
import { isOutage } from '../platform/outages';
import { RolloutQueries } from './rollout.queries';
import { RolloutService } from './rollout.service';

/** Lets every rollout under way look at once, because something that guards them is not what it was. */
@Injectable()
export class RolloutAlarm {
  private readonly logger = new Logger(RolloutAlarm.name);

  constructor(
    private readonly queries: RolloutQueries,
    private readonly rollouts: RolloutService,
  ) {}

  /** Not waited for: a rollout that is not reached looks again by itself, and at each dispatch anyway. */
  ring(): void {
    this.wakeAll().catch((error: unknown) => this.logger.warn({ msg: 'rollouts were not told to look', err: error }));
  }

  /** One that can not look now, or is gone meanwhile, keeps no other from looking. */
  private async wakeAll(): Promise<void> {
    for (const { rollout } of await this.queries.active()) {
      await this.rollouts.wake(rollout.id).catch((error: unknown) => {
        if (isOutage(error)) throw error;
        this.logger.warn({ msg: 'a rollout was not told to look', rollout: rollout.id, err: error });
      });
    }
  }
}
