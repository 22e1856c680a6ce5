import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Keys } from '../platform/keys';
import { BullConnection, StateRedis } from '../platform/redis';

/**
 * After its store was away every replica compares what the store has with what its agents say, with their next heartbeats.
 * For so long, in milliseconds, nobody can rely on the sessions of another one. No plan waits for longer than that.
 */
const COMPARING_MS = 30_000;

/**
 * Tells another replica to look at one of its clusters. Carries a name and nothing else: what there is to do is in the
 * store, so a lost ring costs time and a forged one does nothing.
 */
@Injectable()
export class Doorbell implements OnApplicationBootstrap, OnApplicationShutdown {
  /** This replica, for as long as the process lives. */
  readonly replica = randomUUID();
  private readonly ears: Redis;
  private listener: (cluster: string) => void = () => undefined;
  private hadStore = false;
  private backAt = -Infinity;

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    waiting: BullConnection,
  ) {
    this.ears = waiting.open(); // after a cut it subscribes again by itself; the sweeps bridge the gap
    this.ears.on('message', (_channel, cluster) => this.listener(cluster));
    redis.on('ready', () => {
      if (this.hadStore) this.backAt = performance.now();
      this.hadStore = true;
    });
    redis.onUnavailable(() => (this.backAt = performance.now()));
  }

  /** Since when the store does all that it is asked, as `performance.now()` tells; -Infinity: it always did. */
  get storeBackAt(): number {
    return this.backAt;
  }

  onApplicationBootstrap(): void {
    void this.ears.subscribe(this.channel(this.replica)).catch(() => undefined);
  }

  onApplicationShutdown(): void {
    this.ears.disconnect();
  }

  onRing(listener: (cluster: string) => void): void {
    this.listener = listener;
  }

  /** @returns whether that replica is there to hear it. */
  async ring(replica: string, cluster: string): Promise<boolean> {
    return (await this.redis.publish(this.channel(replica), cluster)) > 0;
  }

  /** Of these replicas, those that are there to hear a ring, and may be taken to have heard their agents. */
  async present(replicas: readonly string[]): Promise<ReadonlySet<string>> {
    if (replicas.length === 0 || performance.now() - this.backAt < COMPARING_MS) return new Set();
    const counts = await this.redis.pubsub('NUMSUB', ...replicas.map((replica) => this.channel(replica)));
    return new Set(replicas.filter((_replica, at) => Number(counts[2 * at + 1]) > 0));
  }

  private channel(replica: string): string {
    return this.keys.bell(replica);
  }
}
