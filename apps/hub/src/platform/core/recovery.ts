/** After a loss of the store what the clusters say about themselves is waited for; so long, unless all are back before. */
export const RECOVERY_MS = 5 * 60_000;

/**
 * Part of a script: `isRecovering(key)`. The hash at `key` holds `until`, `total` (clusters that were restored) and a field
 * `c:<cluster>` for each that has not told where it stands. It is over, and the hash gone, when all have; or later than `until`
 * when nine of ten have. While more are missing only a person can end it, by removing or revoking clusters that are no more.
 */
export const RECOVERING_LUA = `local function isRecovering(key)
     local state = redis.call('HMGET', key, 'until', 'total')
     if not state[1] then return false end
     local total = tonumber(state[2])
     local missing = redis.call('HLEN', key) - 2
     local late = now >= tonumber(state[1])
     if (total > 0 and missing == 0) or (late and missing * 10 <= total) then
       redis.call('DEL', key)
       return false
     end
     return true
   end`;
