import { ADMISSION_LUA } from '../limits/lua/admission';
import { NEXT_LINEAGE_LUA, UNDRAWN } from '../platform/core/lineage';
import { script } from '../platform/scripts';

/**
 * The one way in which rollouts are written: all or nothing, decided before and only carried out here.
 * `checks` are (run key, version it was read at, id of this write); a version that has moved on is a conflict, unless it was
 * this very write that moved it: then its reply was lost and it has been sent again. `guards` are (key, value it must hold).
 * Besides plain commands `writes` knows DELIF key value (delete while it holds the value),
 * MARK pending settled source value {workload} (set `<workload>|<source>` while the workload is pending),
 * UNMARK settled value {field} (delete each while it holds the value) and
 * RAN key {workload value} (the last restart of a workload, with the time that limits go by); each for some hundred at most.
 * `admits` (see `admission`) is what begins and what is over with the write; `rates` and `most` are for `limitTime`.
 * A write with `draws` (key of the last lineage) makes a rollout, the first of its checks. What it writes holds `UNDRAWN`
 * where that rollout's lineage belongs in JSON; it is drawn here, so that it rises in the order of the writes.
 *
 * Part of a script: `commitRollouts(write, holds)`; `holds()` is one guard more. It returns CONFLICT; DENIED and the
 * refusals in JSON, when not all of it may begin; or STORED, and with `draws` instead of that the lineage that was drawn, as text.
 */
export const COMMIT_LUA = `${NEXT_LINEAGE_LUA}
   ${ADMISSION_LUA}
   local function mark(w)
     local fields = {}
     for n, isPending in ipairs(redis.call('SMISMEMBER', w[2], unpack(w, 6))) do
       if isPending == 1 then fields[#fields + 1] = w[n + 5] .. '|' .. w[4] fields[#fields + 1] = w[5] end
     end
     if #fields > 0 then redis.call('HSET', w[3], unpack(fields)) end
   end
   local function unmark(w)
     for n, old in ipairs(redis.call('HMGET', w[2], unpack(w, 4))) do
       if old == w[3] then redis.call('HDEL', w[2], w[n + 3]) end
     end
   end
   local function noteRuns(w, time)
     local names, fields = {}, {}
     for n = 3, #w, 2 do names[#names + 1] = w[n] end
     for n, old in ipairs(redis.call('HMGET', w[2], unpack(names))) do
       local value = w[2 * n + 2]
       local at, rest = string.match(old or '', '^(%d+)|(.*)$')
       local same = string.match(value, '^[^|]*|[^|]*|')
       if not at or string.sub(rest, 1, #same) ~= same then at = time end
       fields[#fields + 1] = names[n]
       fields[#fields + 1] = at .. '|' .. value
     end
     redis.call('HSET', w[2], unpack(fields))
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
       elseif w[1] == 'MARK' then mark(w)
       elseif w[1] == 'UNMARK' then unmark(w)
       elseif w[1] == 'RAN' then noteRuns(w, digits(time))
       else
         if drawn then
           for n = 2, #w do
             if string.find(w[n], '"lineage":${UNDRAWN}', 1, true) then
               w[n] = string.gsub(w[n], '"lineage":%-1', '"lineage":' .. drawn)
             end
           end
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
