import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { AccessGuard } from '../access/access.guard';
import { AuditInterceptor } from './requests/audit.interceptor';
import { GatesService } from '../gates/gates.service';
import { HoldsService } from './holds.service';
import { ConnectionDrain } from '../http/connection-drain';
import { IdempotencyInterceptor } from './requests/idempotency.interceptor';
import { IdempotencyStore } from './requests/idempotency.store';
import { ProblemFilter } from '../http/problem.filter';
import { ProblemTranslator } from '../http/problem-translator';
import { SchemaPipe } from '../http/schema.pipe';
import { AccessController } from './access.controller';
import { ApiWiring } from './api-wiring';
import { AuditController } from './audit.controller';
import { ClusterChanges } from './cluster-changes';
import { ClusterViews } from './cluster-views';
import { ClustersController } from './clusters.controller';
import { ConvergenceController } from './convergence.controller';
import { problemOfDomain } from './domain-problems';
import { EnrolmentTokensController } from './enrolment-tokens.controller';
import { EventFeed } from './events/event-feed';
import { EventStreams } from './events/event-streams';
import { EventTail } from './events/event-tail';
import { EventsController } from './events/events.controller';
import { VisibleEvents } from './events/visible-events';
import { EvidenceService } from './evidence.service';
import { ExplainController } from './explain.controller';
import { FleetKnowledge } from './fleet-knowledge';
import { GatesController } from './gates.controller';
import { HoldsController } from './holds.controller';
import { IdentitiesController } from './identities.controller';
import { InventoryController } from './inventory.controller';
import { PlanObstacles } from './plan-obstacles';
import { PlanPreviewService } from './plan-preview.service';
import { PlansController } from './plans.controller';
import { PoliciesController } from './policies.controller';
import { PolicySchemaController } from './policy-schema.controller';
import { RecoveryController } from './recovery.controller';
import { FleetGauges } from './fleet-gauges';
import { RolloutCircumstances } from './rollout-circumstances';
import { RolloutViews } from './rollout-views';
import { RolloutsController, RolloutVerbs } from './rollouts.controller';
import { RouteTable } from './route-table';
import { SeenInventory } from './seen-inventory';
import { StartController, StartParts } from './start.controller';
import { TokensController } from './tokens.controller';
import { VersionController } from './version.controller';

const CONTROLLERS = [
  VersionController,
  TokensController,
  AccessController,
  EnrolmentTokensController,
  ClustersController,
  IdentitiesController,
  RecoveryController,
  InventoryController,
  PoliciesController,
  PolicySchemaController,
  PlansController,
  EventsController,
  RolloutsController,
  StartController,
  ConvergenceController,
  HoldsController,
  GatesController,
  ExplainController,
  AuditController,
];

/** The REST API. Its guard, filter, pipe and interceptors stand before every route of the hub, those of other modules too. */
@Module({})
export class ApiModule {
  /** @param imports who provides clusters, inventory, policies and rollouts. */
  static with(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: ApiModule,
      imports: [DiscoveryModule, ...imports],
      controllers: CONTROLLERS,
      providers: [
        { provide: APP_GUARD, useExisting: AccessGuard },
        { provide: ProblemTranslator, useFactory: () => new ProblemTranslator([problemOfDomain]) },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: SchemaPipe },
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
        { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
        IdempotencyStore,
        ApiWiring,
        ConnectionDrain,
        RouteTable,
        ClusterChanges,
        ClusterViews,
        FleetGauges,
        RolloutCircumstances,
        RolloutViews,
        RolloutVerbs,
        FleetKnowledge,
        EvidenceService,
        SeenInventory,
        PlanObstacles,
        PlanPreviewService,
        StartParts,
        HoldsService,
        GatesService,
        EventFeed,
        EventStreams,
        EventTail,
        VisibleEvents,
      ],
      exports: [ClusterViews, RouteTable],
    };
  }
}
