import { type DynamicModule, Module } from '@nestjs/common';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { Clock } from './clock';
import { HubMeta } from './hub-meta';
import { Keys } from './keys';
import { Nudge } from './nudge';
import { BullConnection, StateRedis } from './redis';
import { StoreGate } from './store-gate';

/** Plumbing without domain words, for every module: configuration, Redis, keys, time, identity. */
@Module({})
export class PlatformModule {
  static with(config: HubConfig): DynamicModule {
    const providers = [
      { provide: HUB_CONFIG, useValue: config },
      { provide: Keys, useValue: new Keys(config.prefix) },
      { provide: StateRedis, useFactory: () => new StateRedis(config) },
      { provide: BullConnection, useFactory: () => new BullConnection(config) },
      Clock,
      StoreGate,
      HubMeta,
      Nudge,
    ];
    const exported = [HUB_CONFIG, Keys, StateRedis, BullConnection, Clock, StoreGate, HubMeta, Nudge];
    return { module: PlatformModule, global: true, providers, exports: exported };
  }
}
