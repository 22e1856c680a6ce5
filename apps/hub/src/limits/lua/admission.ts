import { BUCKETS_LUA } from './buckets';
import { LIMIT_TIME_LUA } from './limit-time';
import { LINES_LUA } from './lines';
import { LOCKS_LUA } from './locks';
import { SLOTS_LUA } from './slots';

/**
 * Part of a script: `admission(admit, time)` says whether restarts may begin now: all that are asked for, or none, and
 * nothing is taken. Guards in their order: the lock of the workload, slots, its pause, tokens. What is refused waits in
 * the line of what it would wait for longest, and tokens and slots are left for those before it there.
 *
 * `admit`: keys; rollout, subject; urgent, if it goes before others; rules {g, c, n: [microseconds per token, size, 1 if it
 * holds, text]; min: ms; kc, kw, kp: clusters, workloads, pods that may be under restart, or -1}; asks [cluster, workload,
 * namespace, rule, revision, pods]; frees [cluster, workload], which count as given back already. Returns refusals {ask,
 * reason, scope, wait, detail}, a function that writes down who waits, and one that takes what was granted.
 */
export const ADMISSION_LUA = `${LIMIT_TIME_LUA}
   ${LOCKS_LUA}
   ${BUCKETS_LUA}
   ${LINES_LUA}
   ${SLOTS_LUA}
   local function admission(admit, time)
     local keys = admit.keys
     local buckets, lines, slots = newBuckets(admit, time), newLines(admit, time), newSlots(admit)
     local function locked(ask)
       local lock = lockOf(admit, ask[1], ask[2])
       local holder = lock and holderOf(lock)
       if not lock or holder == admit.rollout or subjectOf(lock) == admit.subject then return nil end
       if redis.call('SISMEMBER', keys.active, holder) == 0 then return nil end
       return {reason = 'WorkloadLocked', scope = 'w/' .. ask[1] .. '/' .. ask[2], wait = -1, detail = holder}
     end
     local function slotless(line, cluster, most, taken)
       local left = most - taken
       if left > 0 and lines.before(line, cluster, left) < left then return nil end
       return {reason = 'ConcurrencyLimit', scope = line, wait = -1, detail = digits(most)}
     end
     -- Whoever stands before is not passed by somebody smaller: a workload with many pods would never have its turn.
     local function podless(ask, rule)
       local line, own, beside = 'kp/' .. ask[1], ask[6], slots.podsBeside(ask)
       local fits = beside == 0 or beside + own <= rule.kp
       if fits and lines.before(line, ask[1], 1) == 0 then return nil end
       local detail = digits(own) .. '/' .. digits(beside) .. '/' .. digits(rule.kp)
       return {reason = 'ConcurrencyLimit', scope = line, wait = -1, detail = detail}
     end
     local function crowded(ask, rule)
       local cluster, refusal = ask[1], nil
       if rule.kw >= 0 then refusal = slotless('kw/' .. cluster, cluster, rule.kw, slots.inCluster(cluster)) end
       if not refusal and rule.kp >= 0 then refusal = podless(ask, rule) end
       if refusal or rule.kc < 0 or slots.inCluster(cluster) > 0 then return refusal end
       return slotless('kc', cluster, rule.kc, slots.clusters())
     end
     local function paused(ask, rule)
       if rule.min <= 0 then return nil end
       local ran = redis.call('HGET', keys.ran .. ask[1], ask[2]) or ''
       local at, by, revision = string.match(ran, '^(%d+)|([^|]*)|([^|]*)|')
       if not at or (by == admit.rollout and revision == ask[5]) then return nil end
       local wait = tonumber(at) + rule.min * 1000 - time
       if wait <= 0 then return nil end
       return {reason = 'MinInterval', scope = 'm/' .. ask[1] .. '/' .. ask[2], wait = wait, detail = digits(rule.min)}
     end
     -- The longest wait counts; what waits for it stands in its line.
     local function tooFast(ask, longest)
       local rates, numbers = buckets.of(ask)
       for n, rate in ipairs(rates) do
         if rate.holds then
           local left = buckets.tokensIn(numbers[n], rate)
           local scope = not lines.vacant(rate.kind) and scopeOf(rate.kind, ask)
           local ahead = scope and lines.before(scope, ask[1], math.max(left, 1)) or 0
           if ahead >= left then
             scope = scope or scopeOf(rate.kind, ask)
             local wait = buckets.waitFor(numbers[n], rate, math.max(ahead, lines.behind(scope, ask[1])))
             if not longest or wait > longest.wait then
               longest = {reason = 'RateLimit', scope = scope, wait = wait, detail = rate.text}
             end
           end
         end
       end
       return longest
     end
     local function refusalOf(ask)
       local rule = admit.rules[ask[4] + 1]
       return locked(ask) or crowded(ask, rule) or tooFast(ask, paused(ask, rule))
     end
     local NO_LINES = {}
     local function linesOf(ask)
       if lines.empty then return NO_LINES end
       if ask.lines then return ask.lines end
       local rule, ids = admit.rules[ask[4] + 1], {}
       for _, kind in ipairs(KINDS) do if not lines.vacant(kind) then ids[#ids + 1] = scopeOf(kind, ask) end end
       if rule.kc >= 0 then ids[#ids + 1] = 'kc' end
       if rule.kw >= 0 then ids[#ids + 1] = 'kw/' .. ask[1] end
       if rule.kp >= 0 then ids[#ids + 1] = 'kp/' .. ask[1] end
       ask.lines = ids
       return ids
     end
     local refusals, granted, begins = {}, {}, {}
     admit.begins = begins
     for n, ask in ipairs(admit.asks) do
       local refusal = refusalOf(ask)
       if refusal then
         refusal.ask = n - 1
         refusals[#refusals + 1] = refusal
         if refusal.reason ~= 'MinInterval' then lines.wait(refusal.scope, ask[1]) end
       else
         buckets.count(ask)
         slots.count(ask, admit.rules[ask[4] + 1])
         for _, line in ipairs(linesOf(ask)) do lines.served(line, ask[1]) end
         granted[#granted + 1] = ask
         begins[ask[1]] = begins[ask[1]] or {}
       end
     end
     local function take()
       buckets.save()
       local left, clusters, holds = {}, {}, {}
       for _, ask in ipairs(granted) do
         local locks, pods = begins[ask[1]], ask[6]
         holds[pods] = holds[pods] or admit.rollout .. '|' .. admit.subject .. '|' .. digits(pods)
         locks[#locks + 1] = ask[2]
         locks[#locks + 1] = holds[pods]
         for _, line in ipairs(linesOf(ask)) do
           local once = line .. ' ' .. ask[1]
           if not left[once] then
             left[once] = true
             -- Nobody passes whoever is next: there may be room for that one, too.
             if lines.leave(line, ask[1]) and line == 'kp/' .. ask[1] then wake(admit, line, 0) end
           end
         end
       end
       for cluster, locks in pairs(begins) do
         clusters[#clusters + 1] = cluster
         inParts('HSET', keys.locks .. cluster, locks)
       end
       inParts('SADD', keys.locked, clusters)
       lines.save()
     end
     return refusals, lines.enrol, take
   end`;
