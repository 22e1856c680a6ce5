import { Injectable } from '@nestjs/common';
import { InventoryStore } from '../../fleet/inventory.store';
import { RolloutStore } from '../../rollout/rollout.store';
import { Gathering } from '../gathering/gathering';
import { PolicySource } from '../../policy/policies.port';

/** The stores that changes are judged by. */
@Injectable()
export class ChangeStores {
  constructor(
    readonly inventory: InventoryStore,
    readonly gathering: Gathering,
    readonly rollouts: RolloutStore,
    readonly policies: PolicySource,
  ) {}
}
