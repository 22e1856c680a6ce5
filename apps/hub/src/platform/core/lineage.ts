/** The lineage of a rollout that is not stored yet, its place in the order of all: the write that stores it draws it. */
export const UNDRAWN = -1;

/**
 * Part of a script: `nextLineage(key)` draws the next one, as text. It never falls below the clock's seconds, so that
 * it goes on rising after the store was lost or set back.
 */
export const NEXT_LINEAGE_LUA = `local function nextLineage(key)
     local next = string.format('%d', math.max(tonumber(redis.call('GET', key) or '0') + 1, math.floor(now / 1000)))
     redis.call('SET', key, next)
     return next
   end`;
