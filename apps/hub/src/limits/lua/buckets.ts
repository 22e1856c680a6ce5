/**
 * Part of a script: `newBuckets(admit, time)`. A bucket is the instant at which it will be full again (GCRA), in the hash
 * `rates` under `<scope>|<microseconds per token>/<size>`; scopes are `g`, `c/<cluster>` and `n/<cluster>/<namespace>`.
 * Every restart counts in all buckets of its scopes that its rule names, also in those that do not hold it. One that has
 * never been counted in starts as empty as the emptiest of its scope.
 *
 * A bucket goes by its number. `of(ask)` lists the rates {kind, every, size, holds, text} of its rule, and the number of the
 * bucket for each; `tokensIn(number, rate)`; `waitFor(number, rate, ahead)` until there is one when so many come first, in
 * microseconds; `count(ask)` takes one of each; `save()` writes what was taken.
 */
export const BUCKETS_LUA = `local KINDS = {'g', 'c', 'n'}
   local function scopeOf(kind, ask)
     if kind == 'g' then return 'g' end
     return kind == 'c' and 'c/' .. ask[1] or 'n/' .. ask[1] .. '/' .. ask[3]
   end
   local function newBuckets(admit, time)
     local self, names, scopes, rateOf, full, taken, numbers = {}, {}, {}, {}, {}, {}, {}
     -- A rule is for many: what is the same for all of them is made once.
     local function prepared(rule)
       local rates = {}
       for _, kind in ipairs(KINDS) do
         for _, rate in ipairs(rule[kind]) do
           local suffix = '|' .. digits(rate[1]) .. '/' .. digits(rate[2])
           local holds = rate[3] == 1
           rates[#rates + 1] = {kind = kind, every = rate[1], size = rate[2], holds = holds, text = rate[4], suffix = suffix}
         end
       end
       rule.rates, rule.buckets = rates, {}
     end
     local function numberOf(scope, rate)
       local name = scope .. rate.suffix
       local number = numbers[name]
       if not number then
         number = #names + 1
         names[number], scopes[number], rateOf[number], numbers[name] = name, scope, rate, number
       end
       return number
     end
     function self.of(ask)
       local rule = admit.rules[ask[4] + 1]
       if ask.buckets then return rule.rates, ask.buckets end
       if not rule.rates then prepared(rule) end
       local here = scopeOf('n', ask)
       local buckets = rule.buckets[here]
       if not buckets then
         buckets = {}
         for n, rate in ipairs(rule.rates) do
           buckets[n] = numberOf(rate.kind == 'n' and here or scopeOf(rate.kind, ask), rate)
         end
         rule.buckets[here] = buckets
       end
       ask.buckets = buckets
       return rule.rates, buckets
     end
     local function begin(missing)
       local owed = {}
       for number, at in pairs(full) do
         local scope = scopes[number]
         owed[scope] = math.max(owed[scope] or 0, math.ceil((at - time) / rateOf[number].every))
       end
       for _, number in ipairs(missing) do
         local rate = rateOf[number]
         full[number] = time + math.min(rate.size, owed[scopes[number]] or 0) * rate.every
       end
     end
     local function load()
       local missing = {}
       for from = 1, #names, 1000 do
         local values = redis.call('HMGET', admit.keys.rates, unpack(names, from, math.min(from + 999, #names)))
         for n, value in ipairs(values) do
           local number = from + n - 1
           if value then full[number] = math.max(tonumber(value), time) else missing[#missing + 1] = number end
         end
       end
       if #missing > 0 then begin(missing) end
     end
     function self.tokensIn(number, rate)
       return math.floor((time + rate.size * rate.every - full[number]) / rate.every)
     end
     function self.waitFor(number, rate, ahead)
       return math.max(full[number] + rate.every * (1 + ahead - rate.size) - time, 1000)
     end
     function self.count(ask)
       local rates, buckets = self.of(ask)
       for n, rate in ipairs(rates) do
         local number = buckets[n]
         full[number] = math.min(full[number] + rate.every, time + rate.size * rate.every)
         taken[number] = true
       end
     end
     function self.save()
       local fields = {}
       for number, name in ipairs(names) do
         if taken[number] then fields[#fields + 1] = name fields[#fields + 1] = full[number] end
       end
       inParts('HSET', admit.keys.rates, fields)
     end
     for _, ask in ipairs(admit.asks) do self.of(ask) end
     load()
     return self
   end`;
