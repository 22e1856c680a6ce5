import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module';
import { ApiModule } from './api/api.module';
import { ChangeModule } from './change/change.module';
import { StoredPolicies } from './policy/stored-policies.module';
import type { HubConfig } from './config/hub-config';
import { InventoryModule } from './fleet/inventory.module';
import { RegistryModule } from './fleet/registry.module';
import { GatewayModule } from './gateway/gateway.module';
import { OpsModule } from './ops/ops.module';
import { PlatformModule } from './platform/platform.module';
import { RolloutModule } from './rollout/rollout.module';
import { WakeModule } from './wake/wake.module';

/** The composition root: the one place that knows every module. */
@Module({})
export class HubModule {
  static with(config: HubConfig): DynamicModule {
    const policies = StoredPolicies;
    const changes = ChangeModule.with([policies]);
    return {
      module: HubModule,
      imports: [
        PlatformModule.with(config),
        OpsModule,
        RegistryModule,
        AccessModule,
        policies,
        changes,
        GatewayModule.with([changes]),
        WakeModule.with([changes]),
        ApiModule.with([InventoryModule, RolloutModule, policies, changes]),
      ],
    };
  }
}
