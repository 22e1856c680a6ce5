/**
 * Part of a script: who restarts which workload, in one hash per cluster: workload → `<rollout>|<subject>|<pods>`.
 * A lock that names no pods, as they once were written, holds one.
 *
 * `lockOf(admit, cluster, workload)` returns that or false, as it was when it was first asked for one of `admit`.
 * `given(admit)` is what of `admit.frees`, a list of [cluster, workload], it still holds: {many, pods, names} by cluster.
 * `release(admit)` gives that back, and lets those look at once that wait for it, or for a free slot; clusters in which
 * something begins with the same admission, `admit.begins`, stay those with a restart under way.
 * `wake(admit, line, last)` those of a line up to a place.
 */
export const LOCKS_LUA = `-- Lua's stack bounds how many arguments one command can have.
   local function inParts(command, key, list)
     for from = 1, #list, 1000 do redis.call(command, key, unpack(list, from, math.min(from + 999, #list))) end
   end
   local function anyOf(names)
     for from = 1, #names, 1000 do
       if redis.call('EXISTS', unpack(names, from, math.min(from + 999, #names))) > 0 then return true end
     end
     return false
   end
   local function podsOf(lock)
     return tonumber(string.match(lock, '|(%d+)$') or 1)
   end
   -- Of each cluster the names of workloads, by their numbers, and by each name its lock.
   local function readLocks(admit)
     local held = {}
     for _, items in ipairs({admit.asks, admit.frees}) do
       for _, item in ipairs(items) do
         local here = held[item[1]] or {}
         here[#here + 1], held[item[1]] = item[2], here
       end
     end
     for cluster, here in pairs(held) do
       for from = 1, #here, 1000 do
         local last = math.min(from + 999, #here)
         for n, lock in ipairs(redis.call('HMGET', admit.keys.locks .. cluster, unpack(here, from, last))) do
           here[here[from + n - 1]] = lock
         end
       end
     end
     admit.held = held
   end
   local function lockOf(admit, cluster, workload)
     if not admit.held then readLocks(admit) end
     return admit.held[cluster][workload]
   end
   local function holderOf(lock)
     return string.match(lock, '^[^|]*')
   end
   local function subjectOf(lock)
     return (string.gsub(string.match(lock, '|(.*)$') or '', '|%d+$', ''))
   end
   local function given(admit)
     if admit.given then return admit.given end
     admit.given = {}
     for _, item in ipairs(admit.frees) do
       local lock = lockOf(admit, item[1], item[2])
       if lock and holderOf(lock) == admit.rollout then
         local here = admit.given[item[1]] or {many = 0, pods = 0, names = {}}
         here.many = here.many + 1
         here.pods = here.pods + podsOf(lock)
         here.names[item[2]] = true
         admit.given[item[1]] = here
       end
     end
     return admit.given
   end
   local function wake(admit, line, last)
     local members = redis.call('ZRANGE', admit.keys.line .. line, 0, last)
     for _, member in ipairs(members) do
       redis.call('ZADD', admit.keys.due, 'LT', digits(now), 'r:' .. string.match(member, '^[^|]*'))
     end
     return members
   end
   local function wakeAll(admit, id)
     local members = wake(admit, id, -1)
     if #members == 0 then return end
     redis.call('DEL', admit.keys.line .. id)
     for _, member in ipairs(members) do redis.call('ZREM', admit.keys.seen, id .. ' ' .. member) end
   end
   local function wakeFor(admit, cluster, freed)
     for workload in pairs(freed.names) do wakeAll(admit, 'w/' .. cluster .. '/' .. workload) end
     wake(admit, 'kw/' .. cluster, math.min(freed.many + 1, 63))
     wake(admit, 'kp/' .. cluster, math.min(freed.pods + 1, 63))
   end
   local function release(admit)
     local keys = admit.keys
     if not next(given(admit)) then return end
     local somebodyWaits = redis.call('EXISTS', keys.seen) == 1
     local begins, over, lines = admit.begins or {}, {}, {}
     for cluster, freed in pairs(given(admit)) do
       local names = {}
       for workload in pairs(freed.names) do
         names[#names + 1] = workload
         if somebodyWaits then lines[#lines + 1] = keys.line .. 'w/' .. cluster .. '/' .. workload end
       end
       inParts('HDEL', keys.locks .. cluster, names)
       if not begins[cluster] and redis.call('EXISTS', keys.locks .. cluster) == 0 then over[#over + 1] = cluster end
       if somebodyWaits then
         lines[#lines + 1] = keys.line .. 'kw/' .. cluster
         lines[#lines + 1] = keys.line .. 'kp/' .. cluster
       end
     end
     inParts('SREM', keys.locked, over)
     if anyOf(lines) then for cluster, freed in pairs(given(admit)) do wakeFor(admit, cluster, freed) end end
     if somebodyWaits then wake(admit, 'kc', 2) end
   end`;
