/** What a command may be longer on its way than another, in microseconds, before the store's clock is thought to have jumped. */
const JUMP_US = 250_000;

/**
 * Part of a script: `limitTime(rates, most)`, the time that limits go by: microseconds, the store's clock without its steps.
 * `most` is what it is at most by the steady clock of a replica, empty when that does not know. Where the store's clock goes
 * back, or further ahead than that, the time since it was asked last is not counted: then restarts wait a little longer, and
 * limits hold. Kept in the hash `rates`, fields `now` and `wall`.
 */
export const LIMIT_TIME_LUA = `local function digits(number) return string.format('%.0f', number) end
   local function limitTime(rates, most)
     local was = redis.call('HMGET', rates, 'now', 'wall')
     local wall = t[1] * 1000000 + t[2]
     local before = tonumber(was[1] or wall)
     local time = before + math.max(0, wall - tonumber(was[2] or wall))
     if most ~= '' and time > tonumber(most) + ${JUMP_US} then time = before end
     redis.call('HSET', rates, 'now', digits(time), 'wall', digits(wall))
     return time
   end`;
