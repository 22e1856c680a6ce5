import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { TZDATA } from './build-info';
import { isPassing, type ProbeResult, verboseText } from './core/probe-text';
import { HubMetrics } from './metrics';
import { Readiness } from './readiness';

const TEXT = 'text/plain; charset=utf-8';
const ok = (check: string): ProbeResult => ({ status: 'ok', details: { [check]: { status: 'up' } } });

/**
 * Probes and metrics on a port of their own. It listens before the rest of the hub starts, so that a hub that waits
 * for Redis can be told from a dead one, and it stops last.
 */
@Injectable()
export class OpsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(OpsServer.name);
  private server: Server | undefined;
  private started = false;

  constructor(
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'opsPort'>,
    readonly readiness: Readiness,
    readonly metrics: HubMetrics,
  ) {}

  /** Starts to listen; does nothing when it does already. @returns the port. */
  async start(): Promise<number> {
    if (!this.server) {
      const server = createServer((request, response) => void this.answer(request, response));
      this.server = server;
      server.listen(this.config.opsPort);
      await once(server, 'listening');
    }
    return (this.server.address() as AddressInfo).port;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.start();
    this.started = true;
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server) return;
    server.close();
    server.closeAllConnections();
    if (server.listening) await once(server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://ops');
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, TEXT, 'only GET\n');
      if (pathname === '/metrics') return await this.showMetrics(response);
      const result = await this.probe(pathname);
      if (!result) return send(response, 404, TEXT, 'not found\n');
      const json = request.headers.accept?.includes('application/json') === true;
      return json
        ? showJson(response, result)
        : showText(response, result, { name: pathname.slice(1), verbose: searchParams.has('verbose') });
    } catch (error) {
      this.logger.error({ msg: 'a probe failed', path: pathname, err: error });
      return send(response, 500, TEXT, 'failed\n');
    }
  }

  private async showMetrics(response: ServerResponse): Promise<void> {
    const { registry } = this.metrics;
    this.metrics.redisUp((await this.readiness.check()).details.redis?.status === 'up');
    send(response, 200, registry.contentType, await registry.metrics());
  }

  /** `/livez` looks at nothing: that it is answered at all shows that the process makes progress. */
  private probe(path: string): Promise<ProbeResult> | ProbeResult | undefined {
    switch (path) {
      case '/livez':
        return ok('process');
      case '/healthz':
        return { status: 'ok', details: { ...ok('process').details, tzdata: { status: 'up', message: TZDATA } } };
      case '/startupz':
        return this.started
          ? ok('start')
          : { status: 'error', details: { start: { status: 'down', message: 'not started yet' } } };
      case '/readyz':
        return this.started
          ? this.readiness.check()
          : { status: 'error', details: { start: { status: 'down', message: 'not started yet' } } };
      default:
        return undefined;
    }
  }
}

const statusOf = (result: ProbeResult): number => (isPassing(result) ? 200 : 503);

const showJson = (response: ServerResponse, result: ProbeResult): void =>
  send(response, statusOf(result), 'application/json', JSON.stringify(result));

/** Short for machines; with the checks one by one for people who ask (`?verbose`) and whenever one failed. */
function showText(
  response: ServerResponse,
  result: ProbeResult,
  how: Readonly<{ name: string; verbose: boolean }>,
): void {
  const status = statusOf(result);
  send(response, status, TEXT, how.verbose || status !== 200 ? verboseText(how.name, result) : 'ok\n');
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body);
}
