import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { RedisServer } from '@test/redis/redis-server';
import { UNLIMITED } from '@test/limits/unlimited';
import { type RedisOptions, startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import { type Answer, ask, type Played, type RunningHub, startHub } from './rest-hub';

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
    return this.rolloutSeen(id, `rollout ${id} to be ${phase}`, (view) => view.phase === phase);
  }

  /** The rollout, as soon as this holds. @param what is waited for, in words */
  rolloutSeen(id: string, what: string, is: (view: RolloutView) => boolean): Promise<RolloutView> {
    return waitFor(what, async () => {
      const view = await this.rollout(id);
      return is(view) ? view : undefined;
    });
  }

  /** Those that are not over. */
  async openRollouts(): Promise<readonly RolloutView[]> {
    return (await this.rollouts()).filter(({ finishedAt }) => finishedAt === null);
  }

  /** Nothing of one test goes on in the next. */
  async cancelRollouts(): Promise<void> {
    for (const { id } of await this.openRollouts())
      await ask(this, `POST /rollouts/${id}:cancel`, { body: { reason: 'over' } });
    await waitFor('nothing to be open', async () => (await this.openRollouts()).length === 0);
  }

  /** Stores a policy that limits no restarts, unless it says otherwise. */
  putPolicy(name: string, spec: object): Promise<Answer> {
    const document = { apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name } };
    return ask(this, `PUT /policies/${name}`, { body: { ...document, spec: { limits: UNLIMITED, ...spec } } });
  }

  close(): Promise<void> {
    return started(this.running).close();
  }
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the hub is there from the first hook on, and not before');
  return part;
}
