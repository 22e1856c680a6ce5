import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from '../platform/clock';
import { dueMember } from '../platform/core/due';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';

export type Revocation = Readonly<{ rollout: string; fence: number }>;
const revocation = z.object({ fence: z.number(), until: z.number() });

/** What has to be sent again, and what was revoked, as the store remembers it. */
@Injectable()
export class DispatchMemory {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    readonly clock: Clock,
  ) {}

  async forget(id: string, cluster: string): Promise<void> {
    await this.redis.zrem(this.keys.due(), dueMember({ type: 'dispatch', id, cluster }));
  }

  async postpone(id: string, cluster: string, byMs: number): Promise<void> {
    await this.redis.zadd(this.keys.due(), 'XX', this.clock.now() + byMs, dueMember({ type: 'dispatch', id, cluster }));
  }

  /** Drops what every permit of its time has outlived. */
  async revoked(cluster: string): Promise<readonly Revocation[]> {
    const key = this.keys.revoked(cluster);
    const entries = Object.entries(await this.redis.hgetall(key)).map(([rollout, text]) => ({
      rollout,
      ...revocation.parse(JSON.parse(text)),
    }));
    const over = entries.filter(({ until }) => until <= this.clock.now()).map(({ rollout }) => rollout);
    if (over.length > 0) await this.redis.hdel(key, ...over);
    return entries.filter(({ rollout }) => !over.includes(rollout)).map(({ rollout, fence }) => ({ rollout, fence }));
  }
}
