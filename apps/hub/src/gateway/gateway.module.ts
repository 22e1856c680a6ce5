import { type DynamicModule, type ModuleMetadata, Module } from '@nestjs/common';
import { RegistryModule } from '../fleet/registry.module';
import { ConnectTokens } from './connect-tokens';
import { EnrolController } from './enrol.controller';
import { GatewayContext } from './gateway-context';
import { GatewayServer } from './gateway-server';
import { DEFAULT_GATEWAY_SETTINGS, GATEWAY_SETTINGS, type GatewaySettings } from './gateway-settings';
import { Greeter } from './greeter';
import { KeyRuleTeller } from './key-rule-teller';
import { MessageHandler } from './message-handler';
import { OutboundModule } from './outbound.module';
import { PlainHttpController } from './plain-http.controller';
import { ReplayGuard } from './replay-guard';
import { SessionService } from './session.service';
import { SessionSweeps } from './session-sweeps';

/** The agents' connections. */
@Module({})
export class GatewayModule {
  /** @param imports who provides `AGENT_INBOUND`, and the audit log when it is not global. */
  static with(
    imports: NonNullable<ModuleMetadata['imports']>,
    settings: GatewaySettings = DEFAULT_GATEWAY_SETTINGS,
  ): DynamicModule {
    return {
      module: GatewayModule,
      imports: [RegistryModule, OutboundModule, ...imports],
      controllers: [EnrolController, PlainHttpController],
      providers: [
        { provide: GATEWAY_SETTINGS, useValue: settings },
        GatewayContext,
        GatewayServer,
        ConnectTokens,
        ReplayGuard,
        Greeter,
        MessageHandler,
        KeyRuleTeller,
        SessionService,
        SessionSweeps,
      ],
    };
  }
}
