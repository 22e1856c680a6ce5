import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Keys } from './keys';
import { StateRedis } from './redis';
import { script } from './scripts';

const SCHEMA = 1;

/** How long another replica's rise of the epoch may go unnoticed; agents refuse the lower one, and are asked again. */
const KEPT_MS = 1000;

export type HubIdentity = Readonly<{ hubId: string; hubEpoch: number }>;

/** KEYS meta. ARGV new id, schema, highest epoch that an agent ever obeyed. */
const IDENTIFY = script(
  'frIdentify',
  `if redis.call('HSETNX', KEYS[1], 'hubId', ARGV[1]) == 1 then
     redis.call('HSET', KEYS[1], 'hubEpoch', 1, 'schema', ARGV[2], 'createdAt', now)
   end
   local epoch = tonumber(redis.call('HGET', KEYS[1], 'hubEpoch') or '1')
   local seen = tonumber(ARGV[3])
   if seen > epoch then epoch = seen + 1 redis.call('HSET', KEYS[1], 'hubEpoch', epoch) end
   return {redis.call('HGET', KEYS[1], 'hubId'), tostring(epoch), redis.call('HGET', KEYS[1], 'schema')}`,
);

/** Who this hub is: the same over restarts and for all replicas, made once for a store. */
@Injectable()
export class HubMeta {
  private kept: Readonly<{ identity: HubIdentity; until: number }> | undefined;

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** As `identity`, from memory when that is fresh. */
  async current(): Promise<HubIdentity> {
    return this.kept && performance.now() < this.kept.until ? this.kept.identity : this.identity();
  }

  /** The hub's id and epoch as the store has them now. */
  identity(): Promise<HubIdentity> {
    return this.identify(0);
  }

  /**
   * Rises above an epoch that some agent has obeyed: that agent knew a hub whose store was ahead of this one,
   * and refuses permits of an epoch below.
   */
  raiseEpoch(seen: number): Promise<HubIdentity> {
    return this.identify(seen);
  }

  private async identify(seen: number): Promise<HubIdentity> {
    const reply = await this.redis.run(IDENTIFY, [this.keys.meta()], [randomUUID(), SCHEMA, seen]);
    const [hubId, epoch, schema] = reply as [string, string, string];
    if (Number(schema) !== SCHEMA) {
      throw new Error(
        `the store has schema ${schema} and this hub writes ${SCHEMA}: run the hub version that wrote it`,
      );
    }
    const identity = { hubId, hubEpoch: Number(epoch) };
    this.kept = { identity, until: performance.now() + KEPT_MS };
    return identity;
  }
}
