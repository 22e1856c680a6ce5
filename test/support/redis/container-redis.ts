import type { StartedTestContainer } from 'testcontainers';
import { startReaper } from '../processes/reaper';
import { runCommand } from '../processes/run-command';
import { freePort } from '../processes/ports';
import { waitUntilItServes } from './ping';
import { SERVER_OPTIONS } from './redis-server';
import type { RedisServer } from './redis-server';

const PORT = 6379;
/** Made by scripts/images.sh where no image can be pulled. */
const LOCAL_IMAGE = 'localhost/fleet-reloader/redis:local';
const PULLED_IMAGE = 'redis:7.2-alpine';
/** A throw-away without a password has to be told to listen beyond its container. */
const OPEN = ['--bind', '0.0.0.0', '--protected-mode', 'no'];

/** A Redis in a container. Its host port is fixed when it starts, so that it stays the same over a restart. */
export class ContainerRedis implements RedisServer {
  readonly dir = undefined;
  readonly prefix = 'fr';
  readonly origin = 'a container';
  private readonly reaper: { dismiss(): void };

  private constructor(
    private readonly container: StartedTestContainer,
    readonly port: number,
  ) {
    this.reaper = startReaper(['docker', 'rm', '-f', '-v', container.getId()]);
  }

  static async start(): Promise<ContainerRedis> {
    const { GenericContainer, Wait } = await import('testcontainers'); // large: a demo that needs none pays nothing
    const port = await freePort();
    const container = await new GenericContainer(await redisImage())
      .withExposedPorts({ container: PORT, host: port })
      .withCommand(['redis-server', ...SERVER_OPTIONS, ...OPEN])
      .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
      .start();
    const redis = new ContainerRedis(container, port);
    try {
      await redis.untilItServes();
      return redis;
    } catch (error) {
      await redis.stop();
      throw error;
    }
  }

  get url(): string {
    return `redis://${this.container.getHost()}:${this.port}`;
  }

  async stop(): Promise<void> {
    await this.container.stop({ timeout: 0, remove: true, removeVolumes: true });
    this.reaper.dismiss();
  }

  async kill(): Promise<void> {
    await runCommand('docker', ['kill', this.container.getId()]);
  }

  async restart(): Promise<void> {
    await runCommand('docker', ['restart', this.container.getId()]);
    await this.untilItServes();
  }

  private untilItServes(): Promise<void> {
    return waitUntilItServes(this.port, this.container.getHost(), () => true);
  }
}

async function redisImage(): Promise<string> {
  try {
    await runCommand('docker', ['image', 'inspect', LOCAL_IMAGE]);
    return LOCAL_IMAGE;
  } catch {
    return PULLED_IMAGE;
  }
}
