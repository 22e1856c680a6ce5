import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { InventoryModule } from '../fleet/inventory.module';
import { NotifyModule } from '../notify/notify.module';
import { RolloutModule } from '../rollout/rollout.module';
import { DueStore } from './due.store';
import { Pump } from './pump';
import { Reconciler } from './reconciler';
import { Upkeep, WakeMetrics } from './upkeep';
import { WakeHandler } from './wake.handler';
import { WorkQueues } from './work-queues';

/** Timers and wake-ups. */
@Module({})
export class WakeModule {
  /** @param imports who provides `ChangeService`. */
  static with(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: WakeModule,
      imports: [InventoryModule, NotifyModule, RolloutModule, ...imports],
      providers: [DueStore, WorkQueues, WakeHandler, Reconciler, Upkeep, WakeMetrics, Pump],
      exports: [DueStore, WorkQueues],
    };
  }
}
