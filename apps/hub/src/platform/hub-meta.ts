import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { type Recovery, RECOVERING_LUA, RECOVERY_MS, recoveryFrom } from './core/recovery';
import { Keys } from './keys';
import { StateRedis } from './redis';
import { script } from './scripts';

const SCHEMA = 1;

/** How long another replica's rise of the epoch may go unnoticed; agents refuse the lower one, and are asked again. */
const KEPT_MS = 1000;

export type HubIdentity = Readonly<{
  hubId: string;
  hubEpoch: number;
  /** The store was lost, and not all clusters have said where they stand: nothing may be started. */
  recovering: boolean;
}>;

/** The hub does not know its fleet yet, so that nothing may be started. */
export class StoreRecovering extends Error {
  constructor() {
    super('the store was lost: nothing starts before the clusters have said where they stand');
  }
}

/**
 * A store that was there and is empty now was lost: who knew the hub gives it its identity back, above the epoch it had.
 *
 * KEYS meta, recovery. ARGV new id, schema, highest epoch that an agent ever obeyed, known id or '', known epoch, ms of recovery.
 */
const IDENTIFY = script(
  'frIdentify',
  `${RECOVERING_LUA}
   if redis.call('HEXISTS', KEYS[1], 'hubId') == 0 then
     local isLost = ARGV[4] ~= ''
     redis.call('HSET', KEYS[1], 'hubId', isLost and ARGV[4] or ARGV[1], 'hubEpoch', isLost and ARGV[5] + 1 or 1)
     redis.call('HSET', KEYS[1], 'schema', ARGV[2], 'createdAt', now)
     if isLost then redis.call('HSET', KEYS[2], 'until', string.format('%d', now + ARGV[6]), 'total', 0) end
   end
   local epoch = tonumber(redis.call('HGET', KEYS[1], 'hubEpoch') or '1')
   local seen = tonumber(ARGV[3])
   if seen > epoch then epoch = seen + 1 redis.call('HSET', KEYS[1], 'hubEpoch', epoch) end
   local known = redis.call('HMGET', KEYS[1], 'hubId', 'schema')
   return {known[1], tostring(epoch), known[2], isRecovering(KEYS[2]) and 1 or 0}`,
);

/** Who this hub is: the same over restarts and for all replicas, made once for a store. */
@Injectable()
export class HubMeta {
  private kept: Readonly<{ identity: HubIdentity; until: number }> | undefined;
  private readonly logger = new Logger(HubMeta.name);

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

  /** How many clusters have yet to say where they stand, while nothing may be started; null: something may. */
  async missing(): Promise<number | null> {
    return (await this.recovery())?.missing.length ?? null;
  }

  /** The same with all that is known of it. */
  async recovery(): Promise<Recovery | null> {
    if (!(await this.current()).recovering) return null;
    return recoveryFrom(await this.redis.hgetall(this.keys.recovery()));
  }

  /** The cluster has said all it knows, or is not waited for any more. */
  async told(cluster: string): Promise<void> {
    await this.redis.hdel(this.keys.recovery(), `c:${cluster}`);
  }

  private async identify(seen: number): Promise<HubIdentity> {
    const known = this.kept?.identity;
    const args = [randomUUID(), SCHEMA, seen, known?.hubId ?? '', known?.hubEpoch ?? 0, RECOVERY_MS];
    const reply = await this.redis.run(IDENTIFY, [this.keys.meta(), this.keys.recovery()], args);
    const [hubId, epoch, schema, recovering] = reply as [string, string, string, number];
    if (Number(schema) !== SCHEMA) {
      throw new Error(
        `the store has schema ${schema} and this hub writes ${SCHEMA}: run the hub version that wrote it`,
      );
    }
    const identity = { hubId, hubEpoch: Number(epoch), recovering: recovering === 1 };
    this.tell(known, identity);
    this.kept = { identity, until: performance.now() + KEPT_MS };
    return identity;
  }

  private tell(before: HubIdentity | undefined, { recovering }: HubIdentity): void {
    if (recovering === (before?.recovering ?? false)) return;
    if (recovering) this.logger.error(`${new StoreRecovering().message}; reloadctl apply takes a backup of them`);
    else this.logger.log('the clusters have said where they stand: the hub goes on');
  }
}
