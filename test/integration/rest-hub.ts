import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { AddressInfo } from 'node:net';
import { freePort } from '@test/processes/ports';
import type { RedisServer } from '@test/redis/redis-server';
import { serveOpenApi } from '../../apps/hub/src/api/openapi';
import { PolicySource } from '../../apps/hub/src/policy/policies.port';
import { loadHubConfig } from '../../apps/hub/src/config/hub-config';
import { PresenceStore } from '../../apps/hub/src/fleet/registry-presence';
import { AGENT_INBOUND, AGENT_OUTBOUND, type AgentInbound } from '../../apps/hub/src/gateway/agent.port';
import { createHttpAdapter } from '../../apps/hub/src/http/adapter';
import { configureHttp } from '../../apps/hub/src/http/configure';
import { HubModule } from '../../apps/hub/src/hub.module';
import { HubMetrics } from '../../apps/hub/src/ops/metrics';
import { Keys } from '../../apps/hub/src/platform/keys';
import { StateRedis } from '../../apps/hub/src/platform/redis';
import { StoreGate } from '../../apps/hub/src/platform/store-gate';
import { FlowAgent, rev } from './flow-agent';
import type { Fleet, SpecPolicies } from './flow-hub';

export const ADMIN = 'the-admin-token-of-these-specs';

export type RunningHub = Readonly<{ app: NestFastifyApplication; url: string; opsUrl: string; close(): Promise<void> }>;

/** Parts of the world that a spec plays itself. */
export type Played = Readonly<{ fleet?: Fleet; policies?: SpecPolicies; env?: Readonly<Record<string, string>> }>;

/** The whole hub, put together as `main` does it, listening on a free port. */
export async function startHub(redis: RedisServer, played: Played = {}): Promise<RunningHub> {
  const opsPort = String(await freePort());
  const config = loadHubConfig({
    REDIS_URL: redis.url,
    REDIS_PREFIX: redis.prefix,
    HUB_OPS_PORT: opsPort,
    HUB_ADMIN_TOKEN: ADMIN,
    ...played.env,
  });
  const builder = Test.createTestingModule({ imports: [HubModule.with(config)] });
  if (played.fleet) builder.overrideProvider(AGENT_OUTBOUND).useValue(played.fleet);
  if (played.policies) builder.overrideProvider(PolicySource).useValue(played.policies);
  const module = await builder.compile();
  const app = module.createNestApplication<NestFastifyApplication>(createHttpAdapter(config), { bodyParser: false });
  app.useLogger(['fatal']);
  await configureHttp(app, app.get(HubMetrics));
  serveOpenApi(app);
  await app.listen(0, '127.0.0.1');
  await app.get(StoreGate).opened;
  const { port } = app.getHttpServer().address() as AddressInfo;
  const urls = { url: `http://127.0.0.1:${port}`, opsUrl: `http://127.0.0.1:${opsPort}` };
  return { app, ...urls, close: () => app.close() };
}

/** Registers a cluster, connects its agent and lets it tell where it stands: current on revision A. */
export async function joinCluster({ app }: RunningHub, fleet: Fleet, cluster: string, env: string): Promise<FlowAgent> {
  const record = {
    ...{
      name: cluster,
      labels: { env },
      uid: `uid-${cluster}`,
      publicKey: 'k'.repeat(43),
      state: 'Approved',
      credVersion: 1,
    },
    ...{ drained: false, agentVersion: '1', kubernetesVersion: '1', createdAt: 0, candidate: null },
  };
  await app.get(StateRedis).hset(app.get(Keys).clusters(), cluster, JSON.stringify(record));
  const inbound = app.get<AgentInbound>(AGENT_INBOUND, { strict: false });
  const agent = new FlowAgent(cluster, () => inbound, rev('A'));
  fleet.agents.set(cluster, agent);
  const { sessionEpoch } = await app.get(PresenceStore, { strict: false }).open(agent.session, 'spec');
  agent.session = { ...agent.session, sessionEpoch };
  await inbound.connected(agent.session);
  await agent.snapshot();
  return agent;
}

/** What the API answered; `body` is the parsed JSON, or the text of anything else. */
export type Answer = Readonly<{ status: number; headers: Headers; body: unknown }>;
export type Ask = Readonly<{ token?: string | null; body?: unknown; headers?: Readonly<Record<string, string>> }>;

/** Asks as people's programs do: over HTTP, with a token, JSON both ways. Paths are those below `/api/v1`, or whole. */
export async function ask(hub: RunningHub, request: string, how: Ask = {}): Promise<Answer> {
  const [method = 'GET', path = '/'] = request.split(' ');
  const url = `${hub.url}${path.startsWith('/api') ? '' : '/api/v1'}${path}`;
  const response = await fetch(url, { method, headers: headersOf(how), ...bodyOf(how) });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json') && text !== '';
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

const headersOf = ({ token = ADMIN, body, headers = {} }: Ask): Record<string, string> => ({
  ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
  ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
  ...headers,
});
const bodyOf = ({ body }: Ask): { body?: string } =>
  body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };

/** The text of a new token. */
export async function tokenFor(hub: RunningHub, role: string, clusters?: string): Promise<string> {
  const { body } = await ask(hub, 'POST /tokens', {
    body: { name: `${role}-of-specs`, role, ...(clusters === undefined ? {} : { clusters }) },
  });
  if (typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string') return body.token;
  throw new Error(`no token: ${JSON.stringify(body)}`);
}
