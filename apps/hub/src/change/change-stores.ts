import { Injectable } from '@nestjs/common';
import { InventoryStore } from '../fleet/inventory.store';
import { RolloutStore } from '../rollout/rollout.store';
import { PolicySource } from './policies.port';
import { WindowStore } from './window.store';

/** The stores that changes are judged by. */
@Injectable()
export class ChangeStores {
  constructor(
    readonly inventory: InventoryStore,
    readonly windows: WindowStore,
    readonly rollouts: RolloutStore,
    readonly policies: PolicySource,
  ) {}
}
