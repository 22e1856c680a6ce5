import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import type { GatewaySettings } from '../../../apps/hub/src/gateway/gateway-settings';
import { type HubOptions, type HubUnderTest, startHubUnderTest } from './hub-under-test';
import { RawAgent, type RawSocket } from './raw-agent';

/** The gateway and its Redis for all tests of a `describe`. Whatever a test lets it refuse, the next one finds it well. */
export class SharedGateway {
  private redis: RedisServer | undefined;
  private running: HubUnderTest | undefined;
  private names = 0;

  private constructor(private readonly name: string) {}

  /** Registers what has to happen before and after; to be called in the `describe`. `name` is that of its store. */
  static forAllTests(name: string, settings: Partial<GatewaySettings> = {}): SharedGateway {
    const gateway = new SharedGateway(name);
    beforeAll(async () => {
      gateway.redis = await startRedis();
      gateway.running = await gateway.start({ settings });
    }, 60_000);
    afterEach(() => {
      gateway.hub.inbound.failure = null;
      gateway.hub.inbound.refused.length = 0;
    });
    afterAll(async () => {
      await gateway.running?.stop();
      await gateway.redis?.stop();
    });
    return gateway;
  }

  get hub(): HubUnderTest {
    if (!this.running) throw new Error('the gateway is there from the first hook on, and not before');
    return this.running;
  }

  /** One more in the same Redis, which whoever asks for it stops: a replica of the first, unless its store is another. */
  start({ store = this.name, ...options }: Partial<HubOptions> & { store?: string } = {}): Promise<HubUnderTest> {
    if (!this.redis) throw new Error('there is no Redis before the first hook');
    const { url, prefix } = this.redis;
    return startHubUnderTest({ redisUrl: url, prefix: `${prefix}-${store}`, ...options });
  }

  /** The name of a cluster that nobody has used. */
  newName(): string {
    this.names += 1;
    return `${this.name}-${this.names}`;
  }

  /** An agent that is registered and has no session. */
  async joined(): Promise<RawAgent> {
    const agent = new RawAgent(this.newName());
    await agent.join(this.hub);
    return agent;
  }

  /** An agent with a session. */
  async connected(): Promise<readonly [RawAgent, RawSocket]> {
    const agent = await this.joined();
    return [agent, await agent.session(this.hub)];
  }
}
