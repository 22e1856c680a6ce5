import { ADMISSION_LUA } from '../limits/lua/admission';
import { NEXT_LINEAGE_LUA } from '../platform/core/lineage';
import { script } from '../platform/scripts';

/**
 * The one way in which rollouts are written: all or nothing, decided before and only carried out here.
 * `checks` are (run key, version it was read at, id of this write); a version that has moved on is a conflict, unless it was
 * this very write that moved it: then its reply was lost and it has been sent again. `guards` are (key, value it must hold).
 * Besides plain commands `writes` knows DELIF key value (delete while it holds the value),
 * MARK pending settled workload field value (set the field while the workload is pending) and
 * RAN key workload value (the last restart of a workload, with the time that limits go by).
 * `admits` (see `admission`) is what begins and what is over with the write; `rates` and `most` are for `limitTime`.
 * A write with `draws` (key of the lineage) makes a rollout, the first of its checks. What it writes holds `UNDRAWN`
 * where that rollout's lineage belongs in JSON; it is drawn here, so that it rises in the order of the writes.
 *
 * Part of a script: `commitRollouts(write, holds)`; `holds()` is one guard more. It returns CONFLICT; DENIED and the
 * refusals in JSON, when not all of it may begin; or STORED, and with `draws` instead of that the lineage that was drawn, as text.
 */
export const COMMIT_LUA = `${NEXT_LINEAGE_LUA}
   ${ADMISSION_LUA}
   local function noteRun(key, workload, value, time)
     local old = redis.call('HGET', key, workload) or ''
     local same = string.match(value, '^[^|]*|[^|]*|')
     local at = string.match(old, '^(%d+)|')
     if not at or string.sub(old, #at + 2, #at + 1 + #same) ~= same then at = digits(time) end
     redis.call('HSET', key, workload, at .. '|' .. value)
   end
   local function drawnBefore(run)
     return string.match(redis.call('HGET', run, 'head') or '', '"lineage":(%d+)') or 'STORED'
   end
   local function commitRollouts(write, holds)
     local done = 0
     for _, check in ipairs(write.checks) do
       local stored = redis.call('HMGET', check[1], 'ver', 'lastOp')
       if stored[2] == check[3] then done = done + 1
       elseif tonumber(stored[1] or '0') ~= check[2] then return 'CONFLICT' end
     end
     if done > 0 and done == #write.checks then return write.draws and drawnBefore(write.checks[1][1]) or 'STORED' end
     for _, guard in ipairs(write.guards) do
       if (redis.call('GET', guard[1]) or '') ~= guard[2] then return 'CONFLICT' end
     end
     if not holds() then return 'CONFLICT' end
     local time = write.rates and limitTime(write.rates, write.most)
     local admits, begin = write.admits or {}, {}
     for _, admit in ipairs(admits) do
       if #admit.asks > 0 then
         local refusals, enrol, take = admission(admit, time)
         if #refusals > 0 then enrol() return 'DENIED' .. cjson.encode(refusals) end
         begin[#begin + 1] = take
       end
     end
     local drawn = write.draws and nextLineage(write.draws)
     for _, w in ipairs(write.writes) do
       if w[1] == 'DELIF' then
         if redis.call('GET', w[2]) == w[3] then redis.call('DEL', w[2]) end
       elseif w[1] == 'MARK' then
         if redis.call('SISMEMBER', w[2], w[4]) == 1 then redis.call('HSET', w[3], w[5], w[6]) end
       elseif w[1] == 'RAN' then noteRun(w[2], w[3], w[4], time)
       else
         if drawn then
           for n = 2, #w do w[n] = string.gsub(w[n], '"lineage":%-1', '"lineage":' .. drawn) end
         end
         redis.call(unpack(w))
       end
     end
     for _, admit in ipairs(admits) do release(admit) end
     for _, take in ipairs(begin) do take() end
     for _, check in ipairs(write.checks) do
       redis.call('HSET', check[1], 'ver', string.format('%d', check[2] + 1), 'lastOp', check[3])
     end
     return drawn or 'STORED'
   end`;

/** KEYS any one key of the hub. ARGV the write as JSON. Reply: as `commitRollouts`. */
export const COMMIT = script(
  'frCommitRollouts',
  `${COMMIT_LUA}
   return commitRollouts(cjson.decode(ARGV[1]), function() return true end)`,
);
