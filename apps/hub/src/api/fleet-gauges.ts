import { Injectable } from '@nestjs/common';
import type { Recovery } from '../platform/core/recovery';
import { HubMeta } from '../platform/hub-meta';
import { Lanes } from '../platform/lanes';
import { RolloutQueries } from '../rollout/rollout.queries';
import type { Stored } from '../rollout/rollout.store';
import { ClusterViews } from './cluster-views';
import { RolloutCircumstances } from './rollout-circumstances';

type Counts = ReadonlyMap<string, number>;

/** What probes and gauges show of clusters and rollouts; counted each time that somebody asks. */
@Injectable()
export class FleetGauges {
  private readonly lanes = new Lanes();

  constructor(
    private readonly clusters: ClusterViews,
    private readonly rollouts: RolloutQueries,
    private readonly circumstances: RolloutCircumstances,
    private readonly meta: HubMeta,
  ) {}

  /** Clusters by display state. */
  agents(): Promise<Counts> {
    return this.clusters.states();
  }

  /** Rollouts that are not over, by phase. */
  async phases(): Promise<Counts> {
    return counted((await this.active()).map(({ rollout }) => rollout.phase));
  }

  /** Rollouts that are not over, by what they wait for; one that waits for several things counts under each. */
  async waits(): Promise<Counts> {
    const [active, now] = await Promise.all([this.active(), this.circumstances.now()]);
    return counted(active.flatMap(({ rollout }) => [...new Set(now.waits(rollout).map(({ reason }) => reason))]));
  }

  /** Since the store was lost: who has yet to say where it stands; null: it was not, or all have. */
  recovery(): Promise<Recovery | null> {
    return this.meta.recovery();
  }

  /** Read once for all gauges of a scrape, which ask at the same time. */
  private active(): Promise<readonly Stored[]> {
    return this.lanes.shared('active', () => this.rollouts.active());
  }
}

function counted(words: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
