import { NEXT_LINEAGE_LUA } from '../platform/lineage-reserve';
import { script } from '../platform/scripts';

/**
 * The one way in which rollouts are written: all or nothing, decided before and only carried out here.
 * `checks` are (run key, version it was read at, id of this write); a version that has moved on is a conflict, unless it was
 * this very write that moved it: then its reply was lost and it has been sent again. `guards` are (key, value it must hold).
 * Besides plain commands `writes` knows DELIF key value (delete while it holds the value) and
 * MARK pending settled workload field value (set the field while the workload is pending).
 *
 * KEYS any one key of the hub. ARGV the write as JSON.
 */
export const COMMIT = script(
  'frCommitRollouts',
  `local write = cjson.decode(ARGV[1])
   local done = 0
   for _, check in ipairs(write.checks) do
     local stored = redis.call('HMGET', check[1], 'ver', 'lastOp')
     if stored[2] == check[3] then done = done + 1
     elseif tonumber(stored[1] or '0') ~= check[2] then return 'CONFLICT' end
   end
   if done > 0 and done == #write.checks then return 'STORED' end
   for _, guard in ipairs(write.guards) do
     if (redis.call('GET', guard[1]) or '') ~= guard[2] then return 'CONFLICT' end
   end
   for _, w in ipairs(write.writes) do
     if w[1] == 'DELIF' then
       if redis.call('GET', w[2]) == w[3] then redis.call('DEL', w[2]) end
     elseif w[1] == 'MARK' then
       if redis.call('SISMEMBER', w[2], w[4]) == 1 then redis.call('HSET', w[3], w[5], w[6]) end
     else
       redis.call(unpack(w))
     end
   end
   for _, check in ipairs(write.checks) do
     redis.call('HSET', check[1], 'ver', string.format('%d', check[2] + 1), 'lastOp', check[3])
   end
   return 'STORED'`,
);

/** KEYS lineage. Reply: the next one, as text. */
export const NEXT_LINEAGE = script('frNextLineage', `${NEXT_LINEAGE_LUA} return nextLineage(KEYS[1])`);
