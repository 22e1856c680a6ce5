import { Module } from '@nestjs/common';
import { InventoryQueries } from './inventory.queries';
import { InventoryStore } from './inventory.store';
import { KnownUsers } from './known-users';

const PARTS = [InventoryStore, InventoryQueries, KnownUsers];

/** What the agents reported. */
@Module({ providers: PARTS, exports: PARTS })
export class InventoryModule {}
