import { Injectable } from '@nestjs/common';
import type { Labels } from '@app/contracts/objects';
import { InventoryStore } from '../fleet/inventory.store';
import { ClusterRegistry } from '../fleet/registry';
import { RolloutAlarm } from '../rollout/rollout-alarm';

export type ClusterVerb = 'approve' | 'drain' | 'undrain' | 'revoke';

/** What people change about clusters; rollouts under way look at once whether it lets them go on. */
@Injectable()
export class ClusterChanges {
  constructor(
    private readonly registry: ClusterRegistry,
    private readonly inventory: InventoryStore,
    private readonly alarm: RolloutAlarm,
  ) {}

  async carryOut(verb: ClusterVerb, name: string): Promise<void> {
    await this.registry[verb](name);
    this.alarm.ring();
  }

  async label(name: string, labels: Labels): Promise<void> {
    await this.registry.setLabels(name, labels);
    this.alarm.ring();
  }

  async remove(name: string): Promise<void> {
    await this.registry.remove(name);
    await this.inventory.removeCluster(name);
    this.alarm.ring();
  }
}
