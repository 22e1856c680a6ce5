import { Module } from '@nestjs/common';
import { InventoryQueries } from './inventory.queries';
import { InventoryStore } from './inventory.store';

/** What the agents reported. */
@Module({ providers: [InventoryStore, InventoryQueries], exports: [InventoryStore, InventoryQueries] })
export class InventoryModule {}
