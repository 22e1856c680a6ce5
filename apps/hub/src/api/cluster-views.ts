import { Injectable } from '@nestjs/common';
import type { ClusterView } from '@app/contracts/api/views';
import { type ClusterRecord, clusterState } from '../fleet/core/cluster-record';
import { ClusterWarnings } from '../fleet/cluster-warnings';
import { InventoryStore } from '../fleet/inventory.store';
import { ClusterRegistry } from '../fleet/registry';
import { Clock } from '../platform/clock';
import { timeOrNull } from '../platform/core/times';

/** Puts together what the registry, the sessions and the inventory know of clusters. */
@Injectable()
export class ClusterViews {
  constructor(
    private readonly registry: ClusterRegistry,
    private readonly inventory: InventoryStore,
    private readonly warnings: ClusterWarnings,
    private readonly clock: Clock,
  ) {}

  async of(records: readonly ClusterRecord[]): Promise<ClusterView[]> {
    const names = records.map(({ name }) => name);
    const [present, warnings] = await Promise.all([this.registry.presence(names), this.warnings.of(names)]);
    const now = this.clock.now();
    return Promise.all(
      records.map(async (record, at) => {
        const { name, labels, drained, agentVersion, kubernetesVersion } = record;
        const presence = present.get(name);
        const lastSeen = timeOrNull(presence?.lastSeen ?? null);
        const state = clusterState(record, presence, now);
        return {
          name,
          labels,
          ...state,
          drained,
          agentVersion,
          kubernetesVersion,
          lastSeen,
          ...(await this.inventory.counts(name)),
          warnings: [...(warnings[at] ?? [])],
        };
      }),
    );
  }

  /** How many clusters are in each display state. */
  async states(): Promise<ReadonlyMap<string, number>> {
    const records = await this.registry.all();
    const present = await this.registry.presence(records.map(({ name }) => name));
    const now = this.clock.now();
    const counts = new Map<string, number>();
    for (const record of records) {
      const { state } = clusterState(record, present.get(record.name), now);
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return counts;
  }
}
