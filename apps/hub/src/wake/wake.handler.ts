import { Injectable, Logger } from '@nestjs/common';
import { ChangeService } from '../change/judging/change.service';
import { Notifier } from '../notify/notifier';
import type { Due } from '../platform/core/due';
import { RolloutUnknown, RolloutUnreadable } from '../rollout/rollout-errors';
import { RolloutService } from '../rollout/rollout.service';

/** A due entry has come up: the service that owns it looks. Failures are told; the entry comes up again. */
@Injectable()
export class WakeHandler {
  private readonly logger = new Logger(WakeHandler.name);

  constructor(
    private readonly rollouts: RolloutService,
    private readonly changes: ChangeService,
    private readonly notifier: Notifier,
  ) {}

  async handle(due: Due): Promise<void> {
    try {
      await this.look(due);
    } catch (error) {
      if (error instanceof RolloutUnreadable) return this.rollouts.putOff(due);
      const why = error instanceof Error ? error.message : String(error);
      this.logger.warn({ msg: 'a wake-up failed and comes again', due, why });
      throw error;
    }
  }

  private async look(due: Due): Promise<void> {
    switch (due.type) {
      case 'rollout':
        return this.wake(due.id);
      case 'dispatch':
        return this.rollouts.sendAgain(due.id, due.cluster);
      case 'window':
        return this.changes.closeWindow(due);
      case 'cluster':
        return this.changes.lookAt(due.cluster);
      case 'notice':
        return this.notifier.deliver(due.id);
    }
  }

  /** A rollout that retention has removed needs no more waking. */
  private async wake(id: string): Promise<void> {
    try {
      await this.rollouts.wake(id);
    } catch (error) {
      if (!(error instanceof RolloutUnknown)) throw error;
      await this.rollouts.forget(id);
    }
  }
}
