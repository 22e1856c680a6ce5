/**
 * Part of a script: who restarts which workload, in one hash per cluster: workload → `<rollout>|<lineage>|<pods>`.
 * `lockOf(admit, cluster, workload)` returns all three; `lockText(admit, ask)` is what to write; `release(admit)` gives back
 * `admit.frees`, a list of [cluster, workload], and lets those look at once that wait for that, or for a free slot;
 * `wake(admit, line, last)` those of a line up to a place. A lock that names no pods, as they once were written, holds one.
 */
export const LOCKS_LUA = `local function podsOf(lock)
     return tonumber(string.match(lock, '|(%d+)$') or 1)
   end
   local function lockOf(admit, cluster, workload)
     local value = redis.call('HGET', admit.keys.locks .. cluster, workload)
     if not value then return nil end
     local holder, lineage = string.match(value, '^([^|]*)|(.*)$')
     return holder, string.gsub(lineage, '|%d+$', ''), podsOf(value)
   end
   local function lockText(admit, ask)
     return admit.rollout .. '|' .. admit.lineage .. '|' .. digits(ask[6])
   end
   local function isOurs(admit, cluster, workload)
     return lockOf(admit, cluster, workload) == admit.rollout
   end
   local function wake(admit, line, last)
     for _, member in ipairs(redis.call('ZRANGE', admit.keys.line .. line, 0, last)) do
       redis.call('ZADD', admit.keys.due, 'LT', digits(now), 'r:' .. string.match(member, '^[^|]*'))
     end
   end
   local function release(admit)
     local keys = admit.keys
     for _, item in ipairs(admit.frees) do
       local cluster, workload = item[1], item[2]
       local holder, _, pods = lockOf(admit, cluster, workload)
       if holder == admit.rollout then
         redis.call('HDEL', keys.locks .. cluster, workload)
         if redis.call('EXISTS', keys.locks .. cluster) == 0 then redis.call('SREM', keys.locked, cluster) end
         local line = 'w/' .. cluster .. '/' .. workload
         wake(admit, line, -1)
         redis.call('DEL', keys.line .. line)
         wake(admit, 'kw/' .. cluster, 2)
         wake(admit, 'kp/' .. cluster, math.min(pods + 1, 63))
         wake(admit, 'kc', 2)
       end
     end
   end`;
