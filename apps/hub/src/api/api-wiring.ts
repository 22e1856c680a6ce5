import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { VERSION } from '../ops/build-info';
import { OpsServer } from '../ops/ops-server';
import { PolicyDirectory } from '../policy/policy-directory';
import { FleetGauges } from './fleet-gauges';

/** Tells probes and metrics where to look; they themselves know nothing of clusters and rollouts. */
@Injectable()
export class ApiWiring implements OnModuleInit {
  constructor(
    private readonly ops: OpsServer,
    private readonly gauges: FleetGauges,
    private readonly directory: PolicyDirectory,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'commit' | 'policyDir'>,
  ) {}

  onModuleInit(): void {
    const { gauges, directory } = this;
    const follows = this.config.policyDir !== null;
    const { metrics, readiness } = this.ops;
    metrics.buildInfo(VERSION, this.config.commit);
    metrics.observe({
      agents: () => gauges.agents(),
      rollouts: () => gauges.phases(),
      waits: () => gauges.waits(),
      recovering: async () => (await gauges.recovery()) !== null,
      policyFilesRefused: () => Promise.resolve(follows ? directory.fault !== '' : undefined),
    });
    readiness.watchFleet(gauges);
    if (follows) readiness.watchPolicies(directory);
  }
}
