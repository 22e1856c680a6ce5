import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { script } from '../platform/scripts';
import { OFFLINE_AFTER_MS } from './core/cluster-record';
import { type Presence, presence } from './core/presence';

export type Opened = Readonly<{
  sessionEpoch: number;
  /** Replica of the session that this one replaces. */ replaced: string | null;
}>;
export type SessionKey = Readonly<{ cluster: string; session: string }>;

/** Keeps field order, so that the text reads the same whoever wrote it. */
const ENCODE = `local function encode(connection, session, epoch, replica, since, seen)
   return string.format('{"connection":"%s","session":"%s","sessionEpoch":%d,"replica":"%s","since":%d,"lastSeen":%d}',
     connection, session, epoch, replica, since, seen)
 end\n`;

/** KEYS presence, session epochs. ARGV cluster, session, replica. */
const OPEN = script(
  'frSessionOpen',
  `${ENCODE}
   local old = redis.call('HGET', KEYS[1], ARGV[1])
   local epoch = redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
   redis.call('HSET', KEYS[1], ARGV[1], encode('online', ARGV[2], epoch, ARGV[3], now, now))
   return {epoch, old or ''}`,
);

/** KEYS presence. ARGV cluster, session, since and last seen or ''. Only the session itself can end itself. */
const CLOSE = script(
  'frSessionClose',
  `${ENCODE}
   local text = redis.call('HGET', KEYS[1], ARGV[1])
   if not text then return 0 end
   local p = cjson.decode(text)
   if p.session ~= ARGV[2] or p.connection ~= 'online' then return 0 end
   local seen = p.lastSeen
   local since = now
   if ARGV[3] ~= '' then
     if p.lastSeen > tonumber(ARGV[3]) then return 0 end
     since = p.lastSeen
   end
   redis.call('HSET', KEYS[1], ARGV[1], encode('offline', p.session, p.sessionEpoch, p.replica, since, seen))
   return 1`,
);

/** KEYS presence. ARGV cluster, session, last seen, and again. Answers the sessions that are not the cluster's any more. */
const TOUCH = script(
  'frSessionTouch',
  `${ENCODE}
   local lost = {}
   for i = 1, #ARGV, 3 do
     local text = redis.call('HGET', KEYS[1], ARGV[i])
     local p = text and cjson.decode(text)
     if p and p.session == ARGV[i + 1] and p.connection == 'online' then
       redis.call('HSET', KEYS[1], ARGV[i], encode('online', p.session, p.sessionEpoch, p.replica, p.since, ARGV[i + 2]))
     else
       table.insert(lost, ARGV[i + 1])
     end
   end
   return lost`,
);

const TOUCH_AT_ONCE = 200;

/** Who holds which cluster's connection. A session only ever changes what is its own. */
@Injectable()
export class PresenceStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    @Inject(Clock) private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** The newest session wins; `sessionEpoch` tells it from all before. */
  async open({ cluster, session }: SessionKey, replica: string): Promise<Opened> {
    const keys = [this.keys.presence(), this.keys.sessions()];
    const [epoch, old] = (await this.redis.run(OPEN, keys, [cluster, session, replica])) as [number, string];
    const before = old === '' ? null : parse(old);
    return { sessionEpoch: epoch, replaced: before?.connection === 'online' ? before.replica : null };
  }

  /** @returns false when a newer session took over, or it was closed before. */
  async close({ cluster, session }: SessionKey): Promise<boolean> {
    return (await this.redis.run(CLOSE, [this.keys.presence()], [cluster, session, ''])) === 1;
  }

  /**
   * @param seen sessions with when they were last heard, on the store's clock
   * @returns ids of those that the store no longer holds for theirs: taken over, taken for dead, or lost with the store.
   */
  async touch(seen: readonly (SessionKey & Readonly<{ lastSeen: number }>)[]): Promise<ReadonlySet<string>> {
    const lost = new Set<string>();
    for (let at = 0; at < seen.length; at += TOUCH_AT_ONCE) {
      const batch = seen.slice(at, at + TOUCH_AT_ONCE);
      const args = batch.flatMap(({ cluster, session, lastSeen }) => [cluster, session, lastSeen]);
      const reply = (await this.redis.run(TOUCH, [this.keys.presence()], args)) as string[];
      for (const session of reply) lost.add(session);
    }
    return lost;
  }

  async get(cluster: string): Promise<Presence | undefined> {
    const text = await this.redis.hget(this.keys.presence(), cluster);
    return text === null ? undefined : parse(text);
  }

  /**
   * Ends the sessions that nobody has vouched for since long: the replica that held them died without a word.
   * @returns those that this call ended.
   */
  async closeOrphans(): Promise<readonly (SessionKey & Readonly<{ sessionEpoch: number }>)[]> {
    const oldest = this.clock.now() - OFFLINE_AFTER_MS;
    const texts = await this.redis.hgetall(this.keys.presence());
    const closed = [];
    for (const [cluster, text] of Object.entries(texts)) {
      const { connection, lastSeen, session, sessionEpoch } = parse(text);
      if (connection !== 'online' || lastSeen > oldest) continue;
      const ours = await this.redis.run(CLOSE, [this.keys.presence()], [cluster, session, oldest]);
      if (ours === 1) closed.push({ cluster, session, sessionEpoch });
    }
    return closed;
  }
}

const parse = (text: string): Presence => presence.parse(JSON.parse(text));
