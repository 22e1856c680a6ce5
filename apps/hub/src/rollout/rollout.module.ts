import { Module } from '@nestjs/common';
import { DispatchMemory } from '../dispatch/dispatch-memory';
import { Dispatcher } from '../dispatch/dispatcher';
import { PermitSender } from '../dispatch/permit-sender';
import { OutboundModule } from '../gateway/outbound.module';
import { HoldStoreModule } from '../holds/hold-store.module';
import { StoredPolicies } from '../policy/stored-policies.module';
import { FleetFacts } from './fleet-facts';
import { LimitClock } from '../limits/limit-clock';
import { LimitUpkeep } from '../limits/limit-upkeep';
import { LiveGuards } from './live-guards';
import { LiveLimits } from './live-limits';
import { RolloutMover } from './rollout-mover';
import { LiveWindows } from './live-windows';
import { RolloutAlarm } from './rollout-alarm';
import { RolloutRetention } from './rollout-retention';
import { RolloutQueries } from './rollout.queries';
import { RolloutPorts } from './rollout-ports';
import { RolloutService } from './rollout.service';
import { RolloutStore } from './rollout.store';
import { UnreadableRollouts } from './unreadable-rollouts';

/** Rollouts: their state, the one way in which they move, and the permits they send. */
@Module({
  imports: [OutboundModule, HoldStoreModule, StoredPolicies],
  providers: [
    RolloutStore,
    UnreadableRollouts,
    RolloutQueries,
    RolloutService,
    RolloutPorts,
    RolloutRetention,
    RolloutAlarm,
    FleetFacts,
    LiveWindows,
    LiveLimits,
    LiveGuards,
    LimitClock,
    LimitUpkeep,
    RolloutMover,
    Dispatcher,
    DispatchMemory,
    PermitSender,
  ],
  exports: [
    HoldStoreModule,
    LiveWindows,
    RolloutStore,
    RolloutQueries,
    RolloutService,
    RolloutPorts,
    RolloutRetention,
    RolloutAlarm,
    FleetFacts,
    Dispatcher,
    LimitUpkeep,
  ],
})
export class RolloutModule {}
