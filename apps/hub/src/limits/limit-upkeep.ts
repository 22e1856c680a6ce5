import { Injectable } from '@nestjs/common';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { script } from '../platform/scripts';
import { LimitClock } from './limit-clock';
import { LIMIT_TIME_LUA } from './lua/limit-time';

/** What says nothing more is kept for so long, in microseconds. */
const KEEP_US = 3_600_000_000;

/**
 * Forgets buckets that have been full for long, tags of clusters that have had their turn, and who has not asked for long.
 * KEYS rates, asked last. ARGV most, what names of lines begin with. Reply: how many fields are left.
 */
const PRUNE = script(
  'frPruneLimits',
  `${LIMIT_TIME_LUA}
   local time = limitTime(KEYS[1], ARGV[1])
   local old = time - ${KEEP_US}
   local turn = tonumber(redis.call('HGET', KEYS[1], 'v') or 0)
   local cursor, idle = '0', {}
   repeat
     local page = redis.call('HSCAN', KEYS[1], cursor, 'COUNT', 1000)
     cursor = page[1]
     for n = 1, #page[2], 2 do
       local field, value = page[2][n], tonumber(page[2][n + 1])
       local isTag = string.sub(field, 1, 2) == 'f/'
       if (isTag and value <= turn) or (string.find(field, '|', 1, true) and value < old) then idle[#idle + 1] = field end
     end
   until cursor == '0'
   for _, field in ipairs(idle) do redis.call('HDEL', KEYS[1], field) end
   for _, place in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', digits(old))) do
     local line, member = string.match(place, '^(%S+) (.*)$')
     redis.call('ZREM', ARGV[2] .. line, member)
     redis.call('ZREM', KEYS[2], place)
   end
   return redis.call('HLEN', KEYS[1])`,
);

/** Keeps what limits remember from growing with every cluster and namespace that ever was. */
@Injectable()
export class LimitUpkeep {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly clock: LimitClock,
  ) {}

  /** @returns how many fields are left. */
  async prune(): Promise<number> {
    const { keys } = this;
    const reply = await this.redis.run(PRUNE, [keys.rates(), keys.askedLast()], [this.clock.most(), keys.lines()]);
    return Number(reply);
  }
}
