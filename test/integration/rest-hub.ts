import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { freePort } from '@test/processes/ports';
import type { RedisServer } from '@test/redis/redis-server';
import { serveOpenApi } from '../../apps/hub/src/api/openapi';
import { loadHubConfig } from '../../apps/hub/src/config/hub-config';
import { createHttpAdapter } from '../../apps/hub/src/http/adapter';
import { configureHttp } from '../../apps/hub/src/http/configure';
import { HubModule } from '../../apps/hub/src/hub.module';
import { HubMetrics } from '../../apps/hub/src/ops/metrics';
import { StoreGate } from '../../apps/hub/src/platform/store-gate';

export const ADMIN = 'the-admin-token-of-these-specs';

export type RunningHub = Readonly<{ app: NestFastifyApplication; url: string; opsUrl: string; close(): Promise<void> }>;

/** The whole hub, put together as `main` does it, listening on a free port. */
export async function startHub(redis: RedisServer, env: Readonly<Record<string, string>> = {}): Promise<RunningHub> {
  const opsPort = String(await freePort());
  const settings = { REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix, HUB_OPS_PORT: opsPort, HUB_ADMIN_TOKEN: ADMIN };
  const config = loadHubConfig({ ...settings, ...env });
  const options = { bodyParser: false, logger: ['fatal' as const], abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(
    HubModule.with(config),
    createHttpAdapter(config),
    options,
  );
  await configureHttp(app, app.get(HubMetrics));
  serveOpenApi(app);
  await app.listen(0, '127.0.0.1');
  await app.get(StoreGate).opened;
  const { port } = app.getHttpServer().address() as AddressInfo;
  const urls = { url: `http://127.0.0.1:${port}`, opsUrl: `http://127.0.0.1:${opsPort}` };
  return { app, ...urls, close: () => app.close() };
}

/** What the API answered; `body` is the parsed JSON, or the text of anything else. */
export type Answer = Readonly<{ status: number; headers: Headers; body: unknown }>;
export type Ask = Readonly<{ token?: string | null; body?: unknown; headers?: Readonly<Record<string, string>> }>;

/** Asks as people's programs do: over HTTP, with a token, JSON both ways. */
export async function ask(
  hub: RunningHub,
  request: string,
  { token = ADMIN, body, headers = {} }: Ask = {},
): Promise<Answer> {
  const [method = 'GET', path = '/'] = request.split(' ');
  const response = await fetch(
    `${hub.url}${path.startsWith('/api') || path.startsWith('/agent') || path === '/' ? '' : '/api/v1'}${path}`,
    {
      method,
      headers: {
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    },
  );
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
}

/** The text of a new token. */
export async function tokenFor(hub: RunningHub, role: string, clusters?: string): Promise<string> {
  const { body } = await ask(hub, 'POST /tokens', {
    body: { name: `${role}-of-specs`, role, ...(clusters === undefined ? {} : { clusters }) },
  });
  if (typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string') return body.token;
  throw new Error(`no token: ${JSON.stringify(body)}`);
}
