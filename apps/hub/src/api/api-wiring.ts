import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { VERSION } from '../ops/build-info';
import { OpsServer } from '../ops/ops-server';
import { RolloutQueries } from '../rollout/rollout.queries';
import { ClusterViews } from './cluster-views';

/** Tells probes and metrics where to look; they themselves know nothing of clusters and rollouts. */
@Injectable()
export class ApiWiring implements OnModuleInit {
  constructor(
    private readonly ops: OpsServer,
    private readonly clusters: ClusterViews,
    private readonly rollouts: RolloutQueries,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'commit'>,
  ) {}

  onModuleInit(): void {
    const { metrics, readiness } = this.ops;
    metrics.buildInfo(VERSION, this.config.commit);
    metrics.observe({ agents: () => this.clusters.states(), rollouts: () => this.activeByPhase() });
    readiness.watchFleet(() => this.clusters.states());
  }

  private async activeByPhase(): Promise<ReadonlyMap<string, number>> {
    const phases = (await this.rollouts.active()).map(({ rollout }) => rollout.phase);
    const counts = new Map<string, number>();
    for (const phase of phases) counts.set(phase, (counts.get(phase) ?? 0) + 1);
    return counts;
  }
}
