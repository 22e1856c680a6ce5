import 'reflect-metadata';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_PIPE, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessModule } from '../../../apps/hub/src/access/access.module';
import { AuditLog } from '../../../apps/hub/src/audit/audit.log';
import { type HubConfig, loadHubConfig } from '../../../apps/hub/src/config/hub-config';
import { EnrolmentTokens } from '../../../apps/hub/src/fleet/enrolment-tokens';
import { ClusterRegistry } from '../../../apps/hub/src/fleet/registry';
import { RegistryModule } from '../../../apps/hub/src/fleet/registry.module';
import {
  AGENT_INBOUND,
  AGENT_OUTBOUND,
  type AgentOutbound,
  KEY_RULE_SOURCE,
} from '../../../apps/hub/src/gateway/agent.port';
import { GatewayModule } from '../../../apps/hub/src/gateway/gateway.module';
import { DEFAULT_GATEWAY_SETTINGS, type GatewaySettings } from '../../../apps/hub/src/gateway/gateway-settings';
import { OutboundModule } from '../../../apps/hub/src/gateway/outbound.module';
import { SessionSweeps } from '../../../apps/hub/src/gateway/session-sweeps';
import { createHttpAdapter } from '../../../apps/hub/src/http/adapter';
import { ProblemFilter } from '../../../apps/hub/src/http/problem.filter';
import { ProblemTranslator } from '../../../apps/hub/src/http/problem-translator';
import { SchemaPipe } from '../../../apps/hub/src/http/schema.pipe';
import { HubModule } from '../../../apps/hub/src/hub.module';
import { OpsModule } from '../../../apps/hub/src/ops/ops.module';
import { HubMeta } from '../../../apps/hub/src/platform/hub-meta';
import { PlatformModule } from '../../../apps/hub/src/platform/platform.module';
import { StateRedis } from '../../../apps/hub/src/platform/redis';
import { StoreGate } from '../../../apps/hub/src/platform/store-gate';
import { RecordingInbound } from './recording-inbound';

export type HubUnderTest = Readonly<{
  url: string;
  port: number;
  inbound: RecordingInbound;
  tokens: EnrolmentTokens;
  registry: ClusterRegistry;
  outbound: AgentOutbound;
  sweeps: SessionSweeps;
  audit: AuditLog;
  redis: StateRedis;
  hubId: string;
  /** As SIGTERM does. */
  stop(): Promise<void>;
}>;

export type HubOptions = Readonly<{
  redisUrl: string;
  prefix: string;
  port?: number;
  settings?: Partial<GatewaySettings>;
  inbound?: RecordingInbound;
  /** More of the environment, as HUB_TLS_CERT_FILE. */
  environment?: Readonly<Record<string, string>>;
}>;

/** What an agent made by hand needs of a hub. */
export type EnrollingHub = Pick<HubUnderTest, 'url' | 'tokens' | 'hubId'>;

export type WholeHub = EnrollingHub & Pick<HubUnderTest, 'registry' | 'redis' | 'outbound' | 'stop'>;

/** The hub as it ships, in this process. */
export async function startWholeHub(options: HubOptions): Promise<WholeHub> {
  const config = configOf(options);
  return partsOf(await listening(HubModule.with(config), config, options.port), config);
}

/** The real gateway over a real socket and a real Redis; only what is done with the messages is recorded instead. */
export async function startHubUnderTest(options: HubOptions): Promise<HubUnderTest> {
  const inbound = options.inbound ?? new RecordingInbound();
  const ports = [AGENT_INBOUND, KEY_RULE_SOURCE];
  @Module({ providers: ports.map((provide) => ({ provide, useValue: inbound })), exports: ports })
  class RecordingModule {}
  const config = configOf(options);
  @Module({
    imports: [
      PlatformModule.with(config),
      RegistryModule,
      OpsModule,
      AccessModule,
      OutboundModule,
      GatewayModule.with([RecordingModule], { ...DEFAULT_GATEWAY_SETTINGS, ...options.settings }),
    ],
    providers: [
      { provide: ProblemTranslator, useValue: new ProblemTranslator([]) },
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_PIPE, useClass: SchemaPipe },
    ],
  })
  class HubUnderTestModule {}
  const app = await listening(HubUnderTestModule, config, options.port);
  return {
    ...(await partsOf(app, config)),
    inbound,
    sweeps: app.get(SessionSweeps, { strict: false }),
    audit: app.get(AuditLog, { strict: false }),
  };
}

const configOf = ({ redisUrl, prefix, environment }: HubOptions): HubConfig =>
  loadHubConfig({
    REDIS_URL: redisUrl,
    REDIS_PREFIX: prefix,
    HUB_OPS_PORT: '0',
    HUB_ADMIN_TOKEN: 'admin-token-of-this-spec',
    ...environment,
  });

async function listening(module: Type | DynamicModule, config: HubConfig, port = 0): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(config), { logger: false });
  await app.listen(port, '127.0.0.1');
  await app.get(StoreGate).opened;
  return app;
}

async function partsOf(
  app: NestFastifyApplication,
  config: HubConfig,
): Promise<Omit<HubUnderTest, 'inbound' | 'sweeps' | 'audit'>> {
  const port = Number(new URL(await app.getUrl()).port);
  return {
    url: `${config.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    tokens: app.get(EnrolmentTokens),
    registry: app.get(ClusterRegistry),
    outbound: app.get<AgentOutbound>(AGENT_OUTBOUND, { strict: false }),
    redis: app.get(StateRedis),
    hubId: (await app.get(HubMeta).identity()).hubId,
    stop: () => app.close(),
  };
}
