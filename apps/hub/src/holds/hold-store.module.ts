import { Module } from '@nestjs/common';
import { HoldStore } from './hold.store';

/** Holds, for those who have to obey them. */
@Module({ providers: [HoldStore], exports: [HoldStore] })
export class HoldStoreModule {}
