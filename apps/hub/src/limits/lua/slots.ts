/**
 * Part of a script: `newSlots(admit)`: what is under way, by the locks of workloads; what `admit.frees` gives back is not,
 * and what `count(ask, rule)` says begins is. Each counts the pods that its lock names.
 *
 * `inCluster(cluster)`: restarts; `clusters()`: clusters with any; `podsBeside(ask)`: pods of other workloads of its cluster.
 */
export const SLOTS_LUA = `local function newSlots(admit)
     local self, keys, freed, used, pods, clusters = {}, admit.keys, given(admit), {}, {}, nil
     function self.inCluster(cluster)
       if not used[cluster] then
         used[cluster] = redis.call('HLEN', keys.locks .. cluster) - (freed[cluster] and freed[cluster].many or 0)
       end
       return used[cluster]
     end
     function self.clusters()
       if clusters then return clusters end
       clusters = redis.call('SCARD', keys.locked)
       for cluster in pairs(freed) do if self.inCluster(cluster) == 0 then clusters = clusters - 1 end end
       return clusters
     end
     local function podsIn(cluster)
       if pods[cluster] then return pods[cluster] end
       local here, over = {all = 0, of = {}}, freed[cluster] and freed[cluster].names or {}
       local locks = redis.call('HGETALL', keys.locks .. cluster)
       for n = 1, #locks, 2 do
         if not over[locks[n]] then
           here.of[locks[n]] = podsOf(locks[n + 1])
           here.all = here.all + here.of[locks[n]]
         end
       end
       pods[cluster] = here
       return here
     end
     function self.podsBeside(ask)
       local here = podsIn(ask[1])
       return here.all - (here.of[ask[2]] or 0)
     end
     function self.count(ask, rule)
       local cluster = ask[1]
       if rule.kp >= 0 then
         local beside, here = self.podsBeside(ask), podsIn(cluster)
         here.of[ask[2]] = ask[6]
         here.all = beside + ask[6]
       end
       if rule.kc < 0 and rule.kw < 0 then return end
       local before = self.inCluster(cluster)
       if before == 0 then clusters = self.clusters() + 1 end
       used[cluster] = before + 1
     end
     return self
   end`;
