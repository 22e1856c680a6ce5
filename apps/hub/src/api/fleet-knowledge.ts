import { Injectable } from '@nestjs/common';
import { AbsentClusters } from '../change/absent-clusters';
import { InventoryStore } from '../fleet/inventory.store';
import { ClusterRegistry } from '../fleet/registry';
import { Clock } from '../platform/clock';

/** What is known of clusters, in one place. */
@Injectable()
export class FleetKnowledge {
  constructor(
    readonly registry: ClusterRegistry,
    readonly inventory: InventoryStore,
    readonly clock: Clock,
    readonly absent: AbsentClusters,
  ) {}
}
