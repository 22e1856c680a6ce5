import { Injectable } from '@nestjs/common';
import { Subjects } from '../change/gathering/subjects';
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
    readonly subjects: Subjects,
  ) {}
}
