/** Whoever waits and has not asked for so long, in microseconds, has lost its place: it asks every 15 s at least. */
const FORGOTTEN_US = 45_000_000;
/** Tags of those that go before all others are lower by this, which no tag ever reaches; numbers of Redis are exact to 2^53. */
const AHEAD = 2 ** 50;

/**
 * Part of a script: `newLines(admit, time)`: who waits for what, in the order of their tags. A member is
 * `<rollout>|<cluster>`. Tags are given by arrival; in the line `g`, for what all clusters share, by turns of the clusters
 * (start-time fair queueing: the last tag of a cluster is `f/<cluster>`, the last one served `v`, in the hash `rates`).
 * Those of an `admit.urgent` come before all others in every line, among themselves by arrival.
 *
 * `vacant(kind)` says that in no line of that kind, of those that the restarts asked for may have to stand in, anybody waits;
 * `before(id, cluster, most)`: members of other rollouts, up to `most`, whose turn comes before the next one of ours;
 * `served(id, cluster)` says that ours had one; `behind(id, cluster)` how many stand before ours in all; `wait(id, cluster)`
 * has ours wait there; `enrol()` writes that down; `leave(id, cluster)` ends it, and says whether it did wait;
 * `save()` writes down who left.
 */
export const LINES_LUA = `local function newLines(admit, time)
     local keys, lines = admit.keys, {}
     local nobodyWaits = redis.call('EXISTS', keys.seen) == 0
     local self, vacant, unseen, seq = {empty = nobodyWaits}, {}, {}, nil
     local prefix = admit.rollout .. '|'
     local function me(cluster) return prefix .. cluster end
     local function newTag(id, cluster)
       if id ~= 'g' or admit.urgent then
         seq = seq or tonumber(redis.call('HGET', keys.rates, 'seq') or 0)
         return seq + 1 - (admit.urgent and ${AHEAD} or 0)
       end
       local known = redis.call('HMGET', keys.rates, 'v', 'f/' .. cluster)
       return math.max(tonumber(known[1] or 0), tonumber(known[2] or 0)) + 1
     end
     function self.vacant(kind)
       if nobodyWaits or kind == 'g' then return nobodyWaits end
       if vacant[kind] == nil then
         local names = {}
         for _, ask in ipairs(admit.asks) do names[#names + 1] = keys.line .. scopeOf(kind, ask) end
         vacant[kind] = not anyOf(names)
       end
       return vacant[kind]
     end
     local function lineAt(id)
       if not lines[id] then lines[id] = {key = keys.line .. id, tags = {}, ours = {}, had = {}, waits = {}} end
       return lines[id]
     end
     local function tagOf(id, line, cluster)
       if not line.tags[cluster] then
         local tag = line.ours[cluster] or (not line.whole and redis.call('ZSCORE', line.key, me(cluster)))
         line.tags[cluster] = tag and tonumber(tag) or newTag(id, cluster)
       end
       return line.tags[cluster]
     end
     local function forget(id, member)
       redis.call('ZREM', keys.line .. id, member)
       redis.call('ZREM', keys.seen, id .. ' ' .. member)
     end
     local function isForeign(member) return string.sub(member, 1, #prefix) ~= prefix end
     -- Where slots are short nobody waits for a rollout that is over: it gives back nothing more that others could have.
     -- Whoever asks is not over, but may be so new that it is not written.
     local function isOver(id, member)
       if string.sub(id, 1, 1) ~= 'k' or not isForeign(member) then return false end
       return redis.call('SISMEMBER', keys.active, string.match(member, '^[^|]*')) == 0
     end
     local function others(id, line, most)
       if line.others and (line.whole or #line.others >= most) then return line.others end
       local found, from = {}, 0
       while #found < most do
         local rows = redis.call('ZRANGE', line.key, from, from + 63, 'WITHSCORES')
         if #rows < 128 then line.whole = true end
         if #rows == 0 then break end
         local names = {}
         for n = 1, #rows, 2 do names[#names + 1] = id .. ' ' .. rows[n] end
         for n, seen in ipairs(redis.call('ZMSCORE', keys.seen, unpack(names))) do
           local member, tag = rows[2 * n - 1], tonumber(rows[2 * n])
           local isOurs = not isForeign(member)
           if isOurs then line.ours[string.sub(member, #prefix + 1)] = tag end
           if not seen or time - tonumber(seen) > ${FORGOTTEN_US} or (not isOurs and isOver(id, member)) then
             forget(id, member)
             line.forgot = line.forgot or isOurs
           else
             from = from + 1
             if not isOurs then found[#found + 1] = {member = member, tag = tag} end
           end
         end
         if line.whole then break end
       end
       line.others = found
       return found
     end
     function self.before(id, cluster, most)
       if nobodyWaits then return 0 end
       local line, count = lineAt(id), 0
       local waiting = others(id, line, most)
       if #waiting == 0 then return 0 end
       local tag = tagOf(id, line, cluster) + (line.had[cluster] or 0)
       for _, other in ipairs(waiting) do
         if other.tag < tag or (other.tag == tag and other.member < me(cluster)) then count = count + 1 end
       end
       return count
     end
     function self.behind(id, cluster)
       if nobodyWaits then return 0 end
       local line = lineAt(id)
       local tag, count = tagOf(id, line, cluster), 0
       if line.whole and #line.others < 64 and not line.forgot then
         for _, other in ipairs(line.others) do if other.tag < tag then count = count + 1 end end
         for _, own in pairs(line.ours) do if own < tag then count = count + 1 end end
         return count
       end
       return redis.call('ZCOUNT', line.key, '-inf', '(' .. digits(tag))
     end
     function self.served(id, cluster)
       local line = lines[id]
       if line then line.had[cluster] = (line.had[cluster] or 0) + 1 end
     end
     function self.wait(id, cluster)
       local line = lineAt(id)
       tagOf(id, line, cluster)
       line.waits[cluster] = true
     end
     function self.enrol()
       local arrived, seen = 0, {}
       for id, line in pairs(lines) do
         for cluster in pairs(line.waits) do
           local tag = digits(line.tags[cluster])
           local stands = line.ours[cluster] and not line.forgot
           if not stands and redis.call('ZADD', line.key, 'NX', tag, me(cluster)) == 1 then
             if id == 'g' and not admit.urgent then redis.call('HSET', keys.rates, 'f/' .. cluster, tag)
             else arrived = arrived + 1 end
           end
           seen[#seen + 1] = digits(time)
           seen[#seen + 1] = id .. ' ' .. me(cluster)
         end
       end
       inParts('ZADD', keys.seen, seen)
       if arrived > 0 then redis.call('HINCRBY', keys.rates, 'seq', arrived) end
     end
     function self.leave(id, cluster)
       local line = lines[id]
       if line and line.whole and not line.ours[cluster] then return false end
       local known = line and line.whole and not line.forgot and line.ours[cluster]
       local tag = known or redis.call('ZSCORE', keys.line .. id, me(cluster))
       if not tag then return false end
       if id == 'g' and tonumber(tag) > tonumber(redis.call('HGET', keys.rates, 'v') or 0) then
         redis.call('HSET', keys.rates, 'v', digits(tonumber(tag)))
       end
       redis.call('ZREM', keys.line .. id, me(cluster))
       unseen[#unseen + 1] = id .. ' ' .. me(cluster)
       return true
     end
     function self.save() inParts('ZREM', keys.seen, unseen) end
     return self
   end`;
