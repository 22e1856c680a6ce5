import { Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HubMetrics } from './metrics';
import { OpsServer } from './ops-server';
import { Readiness } from './readiness';

/** Probes and metrics. Needs the platform's `StateRedis` and `StoreGate`, and the configuration. */
@Global()
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  providers: [HubMetrics, Readiness, OpsServer],
  exports: [HubMetrics, Readiness, OpsServer],
})
export class OpsModule {}
