import type { RedisServer } from '@test/redis/redis-server';
import { type RedisOptions, startRedis } from '@test/redis/start-redis';
import { Fleet, FlowHub, SpecPolicies } from './flow-hub';

/**
 * One Redis for the tests of a `describe`. Each of them begins with an empty store, a fleet that nobody has joined and
 * no policy, starts as many replicas as it likes, and leaves none of them running.
 */
export class FreshHubs {
  fleet = new Fleet();
  policies = new SpecPolicies();
  private redis: RedisServer | undefined;
  private hubs: FlowHub[] = [];
  private tests = 0;

  /** Registers what has to happen before and after; to be called in the `describe`. */
  static forEachTest(options?: RedisOptions): FreshHubs {
    const fresh = new FreshHubs();
    beforeAll(async () => {
      fresh.redis = await startRedis(options);
    }, 60_000);
    beforeEach(() => {
      fresh.fleet = new Fleet();
      fresh.policies = new SpecPolicies();
      fresh.tests += 1;
    });
    afterEach(async () => {
      await Promise.all(fresh.hubs.splice(0).map((hub) => hub.stop()));
    });
    afterAll(() => fresh.redis?.stop());
    return fresh;
  }

  get server(): RedisServer {
    if (!this.redis) throw new Error('there is no Redis before the first test');
    return this.redis;
  }

  /** Of the keys of this test. */
  get prefix(): string {
    return `${this.server.prefix}-${this.tests}`;
  }

  /** A replica: those of one test have the store, the fleet and the policies in common. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<FlowHub> {
    const { fleet, policies } = this;
    const hub = await FlowHub.start(this.server.url, this.prefix, { fleet, policies, env });
    this.hubs.push(hub);
    return hub;
  }
}
