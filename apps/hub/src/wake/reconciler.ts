import { Injectable, Logger } from '@nestjs/common';
import { ChangeService } from '../change/judging/change.service';
import { InventoryStore } from '../fleet/inventory.store';
import { isOutage } from '../platform/outages';
import { DueStore } from './due.store';
import { WorkQueues } from './work-queues';

/** Compares what should be looked after with what is, so that nothing rests on a message that may be lost. */
@Injectable()
export class Reconciler {
  private readonly logger = new Logger(Reconciler.name);

  constructor(
    private readonly due: DueStore,
    private readonly inventory: InventoryStore,
    private readonly changes: ChangeService,
    private readonly queues: WorkQueues,
  ) {}

  async run(): Promise<void> {
    const repaired = await this.due.repair();
    if (repaired > 0) this.logger.warn({ msg: 'timers were missing and have been set again', count: repaired });
    this.replaceStuck();
    await this.lookAtAll();
  }

  private replaceStuck(): void {
    if (!this.queues.areStuck()) return;
    this.logger.error('workers take no jobs although there are some: they are replaced');
    this.queues.restartWorkers();
  }

  /** What can not be judged in one cluster keeps no other from being looked at. */
  private async lookAtAll(): Promise<void> {
    for (const cluster of await this.inventory.clustersWithPending()) {
      await this.changes.lookAt(cluster).catch((error: unknown) => {
        if (isOutage(error)) throw error;
        this.logger.warn({ msg: 'a cluster could not be looked at now, and is looked at again', cluster, err: error });
      });
    }
  }
}
