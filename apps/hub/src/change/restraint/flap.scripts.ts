import { script } from '../../platform/scripts';

/**
 * Notes that a source has a revision in a cluster. Enough distinct ones in the window quarantine the source; every further
 * change makes the quarantine longer.
 * KEYS revisions of the source in the cluster, whether that was told, quarantined sources, due, open windows.
 * ARGV revision, how many are too many, window in ms, quiet in ms, `quarantine` or `alert`, field, due member.
 * Reply: until when it is quarantined or 0; and `begun` or `alert` when that is news.
 */
export const NOTE = script(
  'frNoteRevision',
  `local ends, news = tonumber(redis.call('HGET', KEYS[3], ARGV[6]) or '0'), ''
   if redis.call('ZREVRANGE', KEYS[1], 0, 0)[1] ~= ARGV[1] then
     local within, quiet = tonumber(ARGV[3]), tonumber(ARGV[4])
     redis.call('ZADD', KEYS[1], now, ARGV[1])
     redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%d', now - within))
     redis.call('PEXPIRE', KEYS[1], within)
     local many = redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2])
     if ARGV[5] == 'alert' then
       if many and redis.call('SET', KEYS[2], '1', 'NX', 'PX', within) then news = 'alert' end
     elseif many or ends > now then
       if ends <= now then news = 'begun' end
       ends = now + quiet
       redis.call('HSET', KEYS[3], ARGV[6], string.format('%d', ends))
       redis.call('ZADD', KEYS[4], string.format('%d', ends), ARGV[7])
       redis.call('SADD', KEYS[5], ARGV[7])
     end
   end
   return {ends > now and ends or 0, news}`,
);

/** Quarantines a source. KEYS quarantined sources, due, open windows. ARGV field, due member, ms. Reply: until when. */
export const QUARANTINE = script(
  'frQuarantine',
  `local ends = string.format('%d', now + tonumber(ARGV[3]))
   redis.call('HSET', KEYS[1], ARGV[1], ends)
   redis.call('ZADD', KEYS[2], ends, ARGV[2])
   redis.call('SADD', KEYS[3], ARGV[2])
   return tonumber(ends)`,
);

/** KEYS quarantined sources, due. ARGV field, due member. Reply: 1 quarantined, and somebody asks again at its end; 2 it was until lately; 0 neither. */
export const CHECK = script(
  'frCheckQuarantine',
  `local ends = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
   if ends > now then redis.call('ZADD', KEYS[2], string.format('%d', ends), ARGV[2]) return 1 end
   return redis.call('HDEL', KEYS[1], ARGV[1]) == 1 and 2 or 0`,
);
