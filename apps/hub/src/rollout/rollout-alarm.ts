import { Injectable, Logger } from '@nestjs/common';
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
    const look = async (): Promise<void> => {
      for (const { rollout } of await this.queries.active()) await this.rollouts.wake(rollout.id);
    };
    look().catch((error: unknown) => this.logger.warn({ msg: 'rollouts were not told to look', err: error }));
  }
}
