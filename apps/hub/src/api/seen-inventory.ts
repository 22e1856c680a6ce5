import { Injectable } from '@nestjs/common';
import type { WorkloadView } from '@app/contracts/api/views';
import type { InventoryFilter, Page, PageRequest } from '../fleet/core/inventory-page';
import { InventoryQueries, type ListedSource } from '../fleet/inventory.queries';
import { PolicySource } from '../policy/policies.port';
import { workloadSeen } from './core/workload-view';

/** What the agents reported, with what only the hub can say of it. */
@Injectable()
export class SeenInventory {
  constructor(
    private readonly inventory: InventoryQueries,
    private readonly policies: PolicySource,
  ) {}

  sourcesOf(filter: InventoryFilter, page: PageRequest): Promise<Page<ListedSource>> {
    return this.inventory.sourcesOf(filter, page);
  }

  async workloadsOf(filter: InventoryFilter, page: PageRequest): Promise<Page<WorkloadView>> {
    const [found, policies] = await Promise.all([this.inventory.workloadsOf(filter, page), this.policies.snapshot()]);
    return { ...found, items: found.items.map((fact) => workloadSeen(fact, policies)) };
  }
}
