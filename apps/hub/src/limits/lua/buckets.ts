/**
 * Part of a script: `newBuckets(admit, time)`. A bucket is the instant at which it will be full again (GCRA), in the hash
 * `rates` under `<scope>|<microseconds per token>/<size>`; scopes are `g`, `c/<cluster>` and `n/<cluster>/<namespace>`.
 * Every restart counts in all buckets of its scopes that its rule names, also in those that do not hold it. One that has
 * never been counted in starts as empty as the emptiest of its scope.
 *
 * `ratesOf(kind, ask)` lists them; `tokensIn(bucket)`; `count(ask)` takes one of each; `save()` writes what was taken.
 */
export const BUCKETS_LUA = `local KINDS = {'g', 'c', 'n'}
   local function scopeOf(kind, ask)
     if kind == 'g' then return 'g' end
     return kind == 'c' and 'c/' .. ask[1] or 'n/' .. ask[1] .. '/' .. ask[3]
   end
   local function newBuckets(admit, time)
     local self, byName, list, lists = {}, {}, {}, {}
     local function bucketAt(scope, rate)
       -- A rule is for many: what it adds to their names is made once.
       rate.suffix = rate.suffix or '|' .. digits(rate[1]) .. '/' .. digits(rate[2])
       local name = scope .. rate.suffix
       if not byName[name] then
         byName[name] = {name = name, scope = scope, every = rate[1], size = rate[2]}
         list[#list + 1] = byName[name]
       end
       return byName[name]
     end
     function self.ratesOf(kind, ask)
       local known = ask[kind]
       if known then return known, known.scope end
       local scope = scopeOf(kind, ask)
       local id = scope .. '#' .. ask[4]
       if not lists[id] then
         local rates = {scope = scope}
         for n, rate in ipairs(admit.rules[ask[4] + 1][kind]) do
           rates[n] = {bucket = bucketAt(scope, rate), holds = rate[3] == 1, text = rate[4]}
         end
         lists[id] = rates
       end
       ask[kind] = lists[id]
       return lists[id], scope
     end
     local function load()
       local owed = {}
       for from = 1, #list, 1000 do
         local names = {}
         for n = from, math.min(from + 999, #list) do names[#names + 1] = list[n].name end
         for n, value in ipairs(redis.call('HMGET', admit.keys.rates, unpack(names))) do
           local bucket = list[from + n - 1]
           bucket.full = value and math.max(tonumber(value), time)
           local taken = value and math.ceil((bucket.full - time) / bucket.every) or 0
           owed[bucket.scope] = math.max(owed[bucket.scope] or 0, taken)
         end
       end
       for _, bucket in ipairs(list) do
         bucket.full = bucket.full or time + math.min(bucket.size, owed[bucket.scope]) * bucket.every
       end
     end
     function self.tokensIn(bucket)
       return math.floor((time + bucket.size * bucket.every - bucket.full) / bucket.every)
     end
     function self.count(ask)
       for _, kind in ipairs(KINDS) do
         for _, rate in ipairs((self.ratesOf(kind, ask))) do
           local bucket = rate.bucket
           bucket.full = math.min(bucket.full + bucket.every, time + bucket.size * bucket.every)
           bucket.taken = true
         end
       end
     end
     function self.save()
       local fields = {}
       local function write() if #fields > 0 then redis.call('HSET', admit.keys.rates, unpack(fields)) fields = {} end end
       for _, bucket in ipairs(list) do
         if bucket.taken then fields[#fields + 1] = bucket.name fields[#fields + 1] = digits(bucket.full) end
         if #fields >= 1000 then write() end
       end
       write()
     end
     for _, ask in ipairs(admit.asks) do for _, kind in ipairs(KINDS) do self.ratesOf(kind, ask) end end
     load()
     return self
   end`;
