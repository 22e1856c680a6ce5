import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { EXIT_CONFIG, type HubConfig, hubConfigOrExit } from './config/hub-config';
import { HubModule } from './hub.module';
import { createLogger, PinoLoggerService } from './ops/logger';
import { StoreGate, StoreRefused } from './platform/store-gate';

/** Serves from the start, so that probes can tell what the hub waits for; `ready` is said when the store may be used. */
async function main(config: HubConfig): Promise<void> {
  const logger = createLogger(config.log);
  const app = await NestFactory.create<NestFastifyApplication>(HubModule.with(config), adapter(config), {
    logger: new PinoLoggerService(logger),
    abortOnError: false,
  });
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  await app.listen(config.port, '0.0.0.0');
  try {
    await app.get(StoreGate).opened;
  } catch (error) {
    if (!(error instanceof StoreRefused)) throw error;
    logger.fatal(`This Redis can not be the store of record:\n${error.message}`);
    await app.close();
    process.exit(EXIT_CONFIG);
  }
  logger.info({ url: await app.getUrl() }, 'ready');
}

const adapter = ({ tls }: HubConfig): FastifyAdapter =>
  tls ? new FastifyAdapter({ https: { cert: tls.cert, key: tls.key.reveal() } }) : new FastifyAdapter();

main(hubConfigOrExit()).catch((error: unknown) => {
  process.stderr.write(
    `The hub could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
