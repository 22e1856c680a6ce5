import { script } from '../platform/scripts';

/**
 * Writes one frame of facts, if no newer session of the cluster has written. A repeat changes nothing.
 * Along with each workload go the keys of its sources (`refs`), so that the reverse index can be kept in step.
 * A workload that is pending for a source at a revision that no rollout has taken in ("settled") is a trigger. So is one
 * that a rollout left as it was because no new template would have restarted it, once one would.
 *
 * KEYS sources, workloads, refs, pending, settled, digest, session floor, due, fleet-wide pending clusters, clusters with inventory,
 *      registrations.
 * ARGV session epoch, cluster, digest, frame, prefix of users keys, prefix of clusters-of-source keys, `due` grace in ms.
 *
 * Part of a script: `applyFacts(KEYS, ARGV)` returns nil when the session is outdated; or workload key, source key, source
 * fact and the policy that the workload chooses, per trigger. `answerWith(KEYS, ARGV, triggers)` sees to it that somebody looks at them, and returns the reply:
 * OK, score of the `due` entry, registration, triggers.
 */
export const APPLY_LUA = `local function applyFacts(KEYS, ARGV)
   local sources, workloads, refs, pending, settled = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
   local epoch, cluster = tonumber(ARGV[1]), ARGV[2]
   local floor = tonumber(redis.call('GET', KEYS[7]) or '0')
   if epoch < floor then return nil end
   if epoch > floor then redis.call('SET', KEYS[7], ARGV[1]) end
   local frame = cjson.decode(ARGV[4])
   local function unuse(source, workload)
     redis.call('SREM', ARGV[5] .. source, workload)
     redis.call('HDEL', settled, workload .. '|' .. source)
     if redis.call('EXISTS', ARGV[5] .. source) == 0 then redis.call('SREM', ARGV[6] .. source, cluster) end
   end
   local function refsOf(workload)
     local list = {}
     for ref in string.gmatch(redis.call('HGET', refs, workload) or '', '[^\\n]+') do list[ref] = true end
     return list
   end
   local function isFreed(workload)
     local before = redis.call('HGET', workloads, workload)
     return before and cjson.decode(before).still ~= nil
   end
   for _, item in ipairs(frame.s) do redis.call('HSET', sources, item[1], item[2]) end
   for _, key in ipairs(frame.gs) do redis.call('HDEL', sources, key) end
   for _, key in ipairs(frame.gw) do
     for ref in pairs(refsOf(key)) do unuse(ref, key) end
     redis.call('HDEL', workloads, key) redis.call('HDEL', refs, key) redis.call('SREM', pending, key)
   end
   local triggers = {}
   for _, item in ipairs(frame.w) do
     local key, isPending = item[1], item[3] == 1
     local old, names = refsOf(key), {}
     local isFree = isPending and item[6] == 1 and isFreed(key)
     for _, used in ipairs(item[4]) do
       local source, field = used[1], key .. '|' .. used[1]
       names[#names + 1] = source
       if old[source] then old[source] = nil else
         redis.call('SADD', ARGV[5] .. source, key) redis.call('SADD', ARGV[6] .. source, cluster)
       end
       local mark = redis.call('HGET', settled, field)
       if mark and (not isPending or isFree or string.sub(mark, 1, #used[2] + 1) ~= used[2] .. '|') then
         redis.call('HDEL', settled, field) mark = false
       end
       if used[3] == 1 and not mark then
         triggers[#triggers + 1] = key triggers[#triggers + 1] = source
         triggers[#triggers + 1] = redis.call('HGET', sources, source) or ''
         triggers[#triggers + 1] = item[5]
       end
     end
     for source in pairs(old) do unuse(source, key) end
     redis.call('HSET', workloads, key, item[2]) redis.call('HSET', refs, key, table.concat(names, '\\n'))
     redis.call(isPending and 'SADD' or 'SREM', pending, key)
   end
   redis.call('SET', KEYS[6], ARGV[3])
   redis.call('SADD', KEYS[10], cluster)
   redis.call(redis.call('EXISTS', pending) == 1 and 'SADD' or 'SREM', KEYS[9], cluster)
   return triggers
   end
   local function answerWith(KEYS, ARGV, triggers)
     local score = ''
     if #triggers > 0 then
       score = string.format('%d', now + tonumber(ARGV[7]))
       redis.call('ZADD', KEYS[8], score, 'c:' .. ARGV[2])
     end
     local reply = {'OK', score, redis.call('HGET', KEYS[11], ARGV[2]) or ''}
     for _, part in ipairs(triggers) do reply[#reply + 1] = part end
     return reply
   end`;

/** How much is told of a trigger. */
export const TRIGGER_PARTS = 4;

/** KEYS and ARGV as above. Reply: STALE, or as `answerWith`. */
export const APPLY = script(
  'frApplyFacts',
  `${APPLY_LUA}
   local triggers = applyFacts(KEYS, ARGV)
   return triggers and answerWith(KEYS, ARGV, triggers) or {'STALE'}`,
);

/** KEYS due. ARGV member and the score that it must still have, any number of times. */
export const SETTLE = script(
  'frSettleReminders',
  `for n = 1, #ARGV, 2 do
     if redis.call('ZSCORE', KEYS[1], ARGV[n]) == ARGV[n + 1] then redis.call('ZREM', KEYS[1], ARGV[n]) end
   end
   return 1`,
);

/** KEYS session floor. ARGV session epoch. */
export const CLAIM = script(
  'frClaimSession',
  `if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then redis.call('SET', KEYS[1], ARGV[1]) end return 1`,
);

/**
 * Everything that a decision about one source needs, in one look: per cluster with a pending workload that uses it,
 * its registration, the source's fact, and the pending workloads with what has been settled for them.
 *
 * KEYS clusters of the source, registrations. ARGV source key, prefix and suffixes of the inventory keys.
 * Reply per cluster: name, registration, source fact, [workload fact, settled mark, …].
 */
export const CANDIDATES = script(
  'frCandidates',
  `local reply = {}
   for _, cluster in ipairs(redis.call('SMEMBERS', KEYS[1])) do
     local base = ARGV[2] .. cluster
     local users = redis.call('SINTER', base .. ARGV[3] .. ARGV[1], base .. ARGV[4])
     if #users > 0 then
       local rows = {}
       for _, key in ipairs(users) do
         rows[#rows + 1] = redis.call('HGET', base .. ARGV[5], key) or ''
         rows[#rows + 1] = redis.call('HGET', base .. ARGV[6], key .. '|' .. ARGV[1]) or ''
       end
       reply[#reply + 1] = {cluster, redis.call('HGET', KEYS[2], cluster) or '', redis.call('HGET', base .. ARGV[7], ARGV[1]) or '', rows}
     end
   end
   return reply`,
);

/**
 * Forgets a cluster's whole inventory; sessions that were open till now are fenced off.
 * KEYS as APPLY up to clusters with inventory. ARGV cluster, prefix of users, prefix of clusters-of-source.
 */
export const REMOVE = script(
  'frForgetFacts',
  `for _, list in ipairs(redis.call('HVALS', KEYS[3])) do
     for source in string.gmatch(list, '[^\\n]+') do
       redis.call('DEL', ARGV[2] .. source) redis.call('SREM', ARGV[3] .. source, ARGV[1])
     end
   end
   redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
   redis.call('INCR', KEYS[7])
   redis.call('ZREM', KEYS[8], 'c:' .. ARGV[1])
   redis.call('SREM', KEYS[9], ARGV[1]) redis.call('SREM', KEYS[10], ARGV[1])
   return 1`,
);
