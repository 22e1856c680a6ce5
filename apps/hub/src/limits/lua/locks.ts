/**
 * Part of a script: who restarts which workload, in one hash per cluster: workload → `<rollout>|<lineage>`.
 * `lockOf(admit, cluster, workload)` returns both; `release(admit)` gives back `admit.frees`, a list of [cluster, workload],
 * and lets those look at once that wait for that, or for a free slot.
 */
export const LOCKS_LUA = `local function lockOf(admit, cluster, workload)
     local value = redis.call('HGET', admit.keys.locks .. cluster, workload)
     if not value then return nil end
     return string.match(value, '^([^|]*)|(.*)$')
   end
   local function isOurs(admit, cluster, workload)
     return lockOf(admit, cluster, workload) == admit.rollout
   end
   local function release(admit)
     local keys = admit.keys
     local function wake(line, last)
       for _, member in ipairs(redis.call('ZRANGE', keys.line .. line, 0, last)) do
         redis.call('ZADD', keys.due, 'LT', digits(now), 'r:' .. string.match(member, '^[^|]*'))
       end
     end
     for _, item in ipairs(admit.frees) do
       local cluster, workload = item[1], item[2]
       if isOurs(admit, cluster, workload) then
         redis.call('HDEL', keys.locks .. cluster, workload)
         if redis.call('EXISTS', keys.locks .. cluster) == 0 then redis.call('SREM', keys.locked, cluster) end
         local line = 'w/' .. cluster .. '/' .. workload
         wake(line, -1)
         redis.call('DEL', keys.line .. line)
         wake('kw/' .. cluster, 2)
         wake('kc', 2)
       end
     end
   end`;
