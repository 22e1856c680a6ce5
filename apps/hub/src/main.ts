import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveOpenApi } from './api/openapi';
import { FirstToken } from './access/first-token';
import { EXIT_CONFIG, type HubConfig, hubConfigOrExit } from './config/hub-config';
import { createHttpAdapter } from './http/adapter';
import { configureHttp } from './http/configure';
import { HubModule } from './hub.module';
import { createLogger, PinoLoggerService } from './ops/logger';
import { HubMetrics } from './ops/metrics';
import { HubMeta } from './platform/hub-meta';
import { StoreGate, StoreRefused } from './platform/store-gate';

/** Well below Kubernetes' 30 s. What is cut off then is only the waiting for a Redis that does not answer. */
const STOPPED_WITHIN_MS = 10_000;

/** Serves from the start, so that probes can tell what the hub waits for; `ready` is said when the store may be used. */
async function main(config: HubConfig): Promise<void> {
  const logger = createLogger(config.log);
  const app = await NestFactory.create<NestFastifyApplication>(HubModule.with(config), createHttpAdapter(config), {
    logger: new PinoLoggerService(logger),
    abortOnError: false,
    bodyParser: false,
  });
  await configureHttp(app, app.get(HubMetrics));
  serveOpenApi(app);
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => endInTime(logger));
  await app.listen(config.port, '0.0.0.0');
  try {
    await app.get(StoreGate).opened;
    await app.get(HubMeta).identity(); // made now if this store is new; a store of another schema ends the hub here
    await app.get(FirstToken).shown;
  } catch (error) {
    if (!(error instanceof StoreRefused)) throw error;
    logger.fatal(`This Redis can not be the store of record:\n${error.message}`);
    await app.close();
    process.exit(EXIT_CONFIG);
  }
  logger.info({ url: await app.getUrl() }, 'ready');
}

function endInTime(logger: ReturnType<typeof createLogger>): void {
  const end = (): void => {
    logger.warn('Redis does not answer: the hub ends without it; nothing that was told to anybody is lost');
    process.exit(0);
  };
  setTimeout(end, STOPPED_WITHIN_MS).unref();
}

main(hubConfigOrExit()).catch((error: unknown) => {
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`The hub could not start: ${why}\n`);
  process.exit(1);
});
