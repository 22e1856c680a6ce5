import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { AuditLog } from '../audit/audit.log';
import { InventoryModule } from '../fleet/inventory.module';
import { AGENT_INBOUND, KEY_RULE_SOURCE } from '../gateway/agent.port';
import { OutboundModule } from '../gateway/outbound.module';
import { RolloutModule } from '../rollout/rollout.module';
import { AbsentClusters } from './gathering/absent-clusters';
import { ChangeService } from './judging/change.service';
import { ChangeStores } from './judging/change-stores';
import { FactsIntake } from './intake/facts-intake';
import { FlapGuard } from './restraint/flap-guard';
import { FlapStore } from './restraint/flap.store';
import { Gathering } from './gathering/gathering';
import { GroupStore } from './gathering/group.store';
import { Intake } from './intake/intake';
import { KeyCounting } from './intake/key-counting';
import { LocalRestarts } from './intake/local-restarts';
import { SourceStart } from './by-hand/source-start';
import { Replanning } from './by-hand/replanning';
import { RolloutStarter } from './starting/rollout-starter';
import { RolloutWatch } from './intake/rollout-watch';
import { SwiftLook } from './swift/swift-look';
import { SwiftStart } from './swift/swift-start';
import { SwiftStore } from './swift/swift.store';
import { Subjects } from './gathering/subjects';
import { Superseding } from './restraint/superseding';
import { WorkloadStart } from './by-hand/workload-start';
import { WaitingChanges } from './gathering/waiting-changes';
import { WindowStore } from './gathering/window.store';
import { WorkIntake } from './intake/work-intake';

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
        SourceStart,
        Replanning,
        WorkloadStart,
        SwiftLook,
        SwiftStore,
        SwiftStart,
        FactsIntake,
        WorkIntake,
        AuditLog,
        LocalRestarts,
        RolloutWatch,
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
        SourceStart,
        Replanning,
        WorkloadStart,
        AGENT_INBOUND,
        KEY_RULE_SOURCE,
      ],
    };
  }
}
