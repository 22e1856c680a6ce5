import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { RedisServer } from '@test/redis/redis-server';
import { type RedisOptions, startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import { ask, type Played, type RunningHub, startHub } from './rest-hub';

/** The whole hub and its Redis, for all tests of a `describe`; there from the first of its hooks to the last. */
export class SharedHub implements RunningHub {
  private server: RedisServer | undefined;
  private running: RunningHub | undefined;

  /** Registers what has to happen before and after; to be called in the `describe`. */
  static forAllTests(played: Played = {}, options?: RedisOptions): SharedHub {
    const hub = new SharedHub();
    beforeAll(async () => {
      hub.server = await startRedis(options);
      hub.running = await startHub(hub.server, played);
    }, 60_000);
    afterAll(async () => {
      await hub.running?.close();
      await hub.server?.stop();
      // A worker that lost its Redis is given 5 s to close: the hub's own bound.
    }, 30_000);
    return hub;
  }

  get redis(): RedisServer {
    return started(this.server);
  }

  get app(): NestFastifyApplication {
    return started(this.running).app;
  }

  get url(): string {
    return started(this.running).url;
  }

  get opsUrl(): string {
    return started(this.running).opsUrl;
  }

  /** The list that the API gives, newest first; `query` as `?phase=Running`. */
  async rollouts(query = ''): Promise<RolloutView[]> {
    return ((await ask(this, `GET /rollouts${query}`)).body as { items: RolloutView[] }).items;
  }

  async rollout(id: string): Promise<RolloutView> {
    return (await ask(this, `GET /rollouts/${id}`)).body as RolloutView;
  }

  /** The rollout, as soon as it is in this phase. */
  rolloutIn(id: string, phase: string): Promise<RolloutView> {
    return waitFor(`rollout ${id} to be ${phase}`, async () => {
      const view = await this.rollout(id);
      return view.phase === phase ? view : undefined;
    });
  }

  close(): Promise<void> {
    return started(this.running).close();
  }
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the hub is there from the first hook on, and not before');
  return part;
}
