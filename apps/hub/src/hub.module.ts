import { type DynamicModule, Module } from '@nestjs/common';
import type { HubConfig } from './config/hub-config';
import { PlatformModule } from './platform/platform.module';

/** The composition root: the one place that knows every module. */
@Module({})
export class HubModule {
  static with(config: HubConfig): DynamicModule {
    return {
      module: HubModule,
      imports: [PlatformModule.with(config)],
    };
  }
}
