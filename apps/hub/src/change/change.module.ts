import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { AuditLog } from '../audit/audit.log';
import { InventoryModule } from '../fleet/inventory.module';
import { AGENT_INBOUND, KEY_RULE_SOURCE } from '../gateway/agent.port';
import { OutboundModule } from '../gateway/outbound.module';
import { RolloutModule } from '../rollout/rollout.module';
import { AbsentClusters } from './absent-clusters';
import { ChangeService } from './change.service';
import { ChangeStores } from './change-stores';
import { FactsIntake } from './facts-intake';
import { FlapGuard } from './flap-guard';
import { FlapStore } from './flap.store';
import { Gathering } from './gathering';
import { GroupStore } from './group.store';
import { Intake } from './intake';
import { KeyCounting } from './key-counting';
import { LocalRestarts } from './local-restarts';
import { ManualStart } from './manual-start';
import { Replanning } from './replanning';
import { RolloutStarter } from './rollout-starter';
import { SoakWatch } from './soak-watch';
import { SwiftLook } from './swift-look';
import { SwiftStart } from './swift-start';
import { SwiftStore } from './swift.store';
import { Subjects } from './subjects';
import { Superseding } from './superseding';
import { WorkloadStart } from './workload-start';
import { WaitingChanges } from './waiting-changes';
import { WindowStore } from './window.store';
import { WorkIntake } from './work-intake';

/** From what agents say to rollouts. */
@Module({})
export class ChangeModule {
  /** @param imports who provides `PolicySource`. */
  static with(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    const inbound = { provide: AGENT_INBOUND, useExisting: Intake };
    const rules = { provide: KEY_RULE_SOURCE, useExisting: KeyCounting };
    return {
      module: ChangeModule,
      imports: [InventoryModule, RolloutModule, OutboundModule, ...imports],
      providers: [
        ChangeService,
        ChangeStores,
        WindowStore,
        Gathering,
        AbsentClusters,
        GroupStore,
        Subjects,
        FlapGuard,
        Superseding,
        FlapStore,
        WaitingChanges,
        RolloutStarter,
        ManualStart,
        Replanning,
        WorkloadStart,
        SwiftLook,
        SwiftStore,
        SwiftStart,
        FactsIntake,
        WorkIntake,
        AuditLog,
        LocalRestarts,
        SoakWatch,
        KeyCounting,
        Intake,
        inbound,
        rules,
      ],
      exports: [
        AbsentClusters,
        Subjects,
        FlapStore,
        WaitingChanges,
        ChangeService,
        ManualStart,
        Replanning,
        WorkloadStart,
        AGENT_INBOUND,
        KEY_RULE_SOURCE,
      ],
    };
  }
}
