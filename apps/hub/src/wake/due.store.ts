import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Keys } from '../platform/keys';
import { Nudge } from '../platform/nudge';
import { StateRedis } from '../platform/redis';
import { script } from '../platform/scripts';

/** Hands out what is due, and lets nobody else see it for a while. KEYS due. ARGV how many, for how long (ms). Reply: now, next due, members. */
const CLAIM = script(
  'frClaimDue',
  `local members = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, tonumber(ARGV[1]))
   local again = string.format('%d', now + tonumber(ARGV[2]))
   for _, member in ipairs(members) do redis.call('ZADD', KEYS[1], 'XX', again, member) end
   local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
   return {string.format('%d', now), first[2] or '', members}`,
);

/** Puts back what went missing from the due set. KEYS due, active rollouts, open windows, notices. Reply: how many. */
const REPAIR = script(
  'frRepairDue',
  `local repaired = 0
   for _, id in ipairs(redis.call('SMEMBERS', KEYS[2])) do
     repaired = repaired + redis.call('ZADD', KEYS[1], 'NX', string.format('%d', now), 'r:' .. id)
   end
   for _, member in ipairs(redis.call('SMEMBERS', KEYS[3])) do
     repaired = repaired + redis.call('ZADD', KEYS[1], 'NX', string.format('%d', now), member)
   end
   for _, id in ipairs(redis.call('HKEYS', KEYS[4])) do
     repaired = repaired + redis.call('ZADD', KEYS[1], 'NX', string.format('%d', now), 'n:' .. id)
   end
   return repaired`,
);

export type Claimed = Readonly<{ members: readonly string[]; /** null: nothing waits. */ nextInMs: number | null }>;

/** Everything that has to be looked at, by when: the timers of the hub. BullMQ is only told about them. */
@Injectable()
export class DueStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    readonly nudge: Nudge,
  ) {}

  /** Members that are due, each pushed back so that it comes up again if nobody gets it done. */
  async claim(most: number, visibilityMs: number): Promise<Claimed> {
    const reply = await this.redis.run(CLAIM, [this.keys.due()], [most, visibilityMs]);
    const [now, next, members] = z.tuple([z.string(), z.string(), z.array(z.string())]).parse(reply);
    return { members, nextInMs: next === '' ? null : Number(next) - Number(now) };
  }

  async repair(): Promise<number> {
    const { keys } = this;
    const reply = await this.redis.run(REPAIR, [keys.due(), keys.activeRuns(), keys.openWindows(), keys.notices()], []);
    return z.number().parse(reply);
  }

  /** How late the oldest entry is, in milliseconds; 0 when none is late. @param now on the store's clock */
  async overdueMs(now: number): Promise<number> {
    const [, score] = await this.redis.zrange(this.keys.due(), '0', '0', 'WITHSCORES');
    return score === undefined ? 0 : Math.max(0, now - Number(score));
  }
}
