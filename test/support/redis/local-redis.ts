import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManagedProcess } from '../processes/managed-process';
import { freePort } from '../processes/ports';
import { waitUntilItServes } from './ping';
import { SERVER_OPTIONS } from './redis-server';
import type { RedisServer } from './redis-server';

const HOST = '127.0.0.1';
/** A free port can be lost to another process before Redis binds it. */
const TRIES = 3;

/** A Redis or Valkey server process of our own, on this machine. */
export class LocalRedis implements RedisServer {
  readonly prefix = 'fr';
  private running: ManagedProcess | undefined;

  private constructor(
    private readonly server: Readonly<{ program: string; origin: string; more: readonly string[] }>,
    readonly port: number,
    readonly dir: string,
  ) {}

  get origin(): string {
    return this.server.origin;
  }

  /** @param more arguments of the server beside ours. */
  static async start(program: string, origin: string, more: readonly string[] = []): Promise<LocalRedis> {
    const dir = await mkdtemp(join(tmpdir(), 'fleet-reloader-redis-'));
    for (let attempt = 1; ; attempt += 1) {
      const redis = new LocalRedis({ program, origin, more }, await freePort(), dir);
      try {
        await redis.run();
        return redis;
      } catch (error) {
        await redis.end('SIGKILL');
        if (attempt < TRIES && String(error).includes('Address already in use')) continue;
        await rm(dir, { recursive: true, force: true });
        throw error;
      }
    }
  }

  get url(): string {
    return `redis://${HOST}:${this.port}`;
  }

  async stop(): Promise<void> {
    await this.end('SIGKILL'); // its data goes anyway
    await rm(this.dir, { recursive: true, force: true });
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.end('SIGTERM');
    await this.run();
  }

  private async run(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', HOST, '--dir', this.dir];
    const logFile = join(this.dir, 'redis.log');
    const server = ManagedProcess.start({
      name: 'redis',
      command: this.server.program,
      args: [...place, ...SERVER_OPTIONS, ...this.server.more],
      logFile,
    });
    this.running = server;
    await waitUntilItServes(this.port, HOST, () => {
      if (!server.running) throw new Error(`${this.origin} ended at its start: ${server.tail()}`);
      return true;
    });
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const server = this.running;
    this.running = undefined;
    await server?.kill(signal);
  }
}
