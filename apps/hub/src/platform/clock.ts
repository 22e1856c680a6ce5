import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import {
  followed,
  type Following,
  following,
  isBlurred,
  isGuarded,
  read,
  type Reading,
  stepOf,
} from './core/clock-guard';
import { Keys } from './keys';
import { StateRedis } from './redis';
import { script } from './scripts';

const REFRESH_MS = 10_000;
/** While the clock is in doubt it is read more often. */
const DOUBTFUL_MS = 1000;

/**
 * Notes a step that the hub follows, once for all replicas, and sets right what was written by the clock before it:
 * timers that would come up hours late, windows that would close so, and clusters that would look silent since hours.
 * What would come up early is left: looking too soon decides nothing.
 *
 * KEYS clock, due, presence, open windows. ARGV steps that the caller knows of, ms, key of a window without its place.
 */
const FOLLOW = script(
  'frFollowClock',
  `local steps = tonumber(redis.call('HGET', KEYS[1], 'steps') or '0')
   local by = tonumber(ARGV[2])
   if steps == tonumber(ARGV[1]) then
     redis.call('HINCRBY', KEYS[1], 'steps', 1)
     redis.call('HINCRBY', KEYS[1], 'totalMs', by)
     local far = math.abs(by) / 2
     local function old(time) return math.abs(time - now) > far end
     local function text(time) return string.format('%d', time) end
     if by < 0 then
       local due = redis.call('ZRANGEBYSCORE', KEYS[2], now + far, '+inf')
       for _, member in ipairs(due) do redis.call('ZADD', KEYS[2], text(now), member) end
     end
     local all = redis.call('HGETALL', KEYS[3])
     for i = 1, #all, 2 do
       local function moved(field, value) 
         local time = tonumber(value)
         return '"' .. field .. '":' .. text(old(time) and time + by or time)
       end
       local since = string.gsub(all[i + 1], '"(since)":(%-?%d+)', moved)
       redis.call('HSET', KEYS[3], all[i], (string.gsub(since, '"(lastSeen)":(%-?%d+)', moved)))
     end
     for _, member in ipairs(redis.call('SMEMBERS', KEYS[4])) do
       local window = ARGV[3] .. string.sub(member, 3)
       for _, field in ipairs({'openedAt', 'closeAt'}) do
         local time = tonumber(redis.call('HGET', window, field) or '')
         if time and old(time) then redis.call('HSET', window, field, text(time + by)) end
       end
     end
   end
   return redis.call('HMGET', KEYS[1], 'steps', 'totalMs')`,
);

/** Steps of the store's clock that the hub has followed since its first start, and what they come to. */
export type ClockMoves = Readonly<{ steps: number; totalMs: number }>;

/** The clock has stepped, and nothing that depends on time is begun until it is known to stay so. */
export class ClockInDoubt extends Error {
  constructor() {
    super('the clock of Redis has jumped: nothing new is started until it has stayed as it is for half a minute');
  }
}

/**
 * The one clock that decisions are made by: Redis' own, so that all replicas agree.
 * Between two looks at it time runs by the process's monotonic clock; a step of the wall clock changes nothing, and one of
 * Redis' is followed only when it has lasted.
 */
@Injectable()
export class Clock implements OnApplicationShutdown {
  private readonly logger = new Logger(Clock.name);
  /** Before the first look the wall clock stands in. */
  private state: Following = following(Date.now() - performance.now());
  private known: ClockMoves | null = null;
  private lookedAt = -Infinity;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {
    redis.on('ready', () => void this.refresh());
    this.timer = setInterval(() => void this.tick(), DOUBTFUL_MS);
    this.timer.unref();
  }

  /** Epoch milliseconds on Redis' clock. */
  now(): number {
    return Math.floor(this.state.base + performance.now());
  }

  /** Whether nothing may be decided by time now. */
  guarded(): boolean {
    return isGuarded(this.state, performance.now());
  }

  /** What timers have to be moved by that were set before. */
  moves(): ClockMoves {
    return this.known ?? { steps: 0, totalMs: 0 };
  }

  /**
   * Looks at Redis' clock, which stood at what it says at some moment of the round trip. Without an answer nothing changes,
   * and little after one that Redis, or this process, was asleep over.
   */
  async refresh(): Promise<void> {
    const sent = performance.now();
    const answers = await Promise.all([
      this.redis.time(),
      this.redis.hmget(this.keys.clock(), 'steps', 'totalMs'),
    ]).catch(() => undefined);
    if (!answers) return;
    const [[seconds, micros], moves] = answers;
    const at = performance.now();
    this.lookedAt = at;
    const base = Number(seconds) * 1000 + Number(micros) / 1000 - (sent + at) / 2;
    await this.take({ base, blurMs: (at - sent) / 2, at }, movesFrom(moves));
  }

  private async tick(): Promise<void> {
    const every = this.guarded() || isBlurred(this.state) ? 0 : REFRESH_MS - DOUBTFUL_MS;
    if (performance.now() - this.lookedAt >= every) await this.refresh();
  }

  private async take(reading: Reading, moves: ClockMoves): Promise<void> {
    const { known, state } = this;
    const { at } = reading;
    if (known === null) {
      this.known = moves;
      this.state = read(following(reading.base), reading);
      return;
    }
    this.state = read(state, reading);
    if (state.doubt === null && this.state.doubt !== null) {
      const byMs = Math.round(reading.base - state.base);
      this.logger.error({ msg: 'the clock of Redis has jumped: nothing is decided by time for now', byMs });
    }
    if (moves.steps > known.steps) return this.follow(at, moves);
    const by = stepOf(this.state, at);
    if (by !== null) await this.agree(by, known);
  }

  private async agree(by: number, known: ClockMoves): Promise<void> {
    const { keys } = this;
    const names = [keys.clock(), keys.due(), keys.presence(), keys.openWindows()];
    const reply = await this.redis.run(FOLLOW, names, [known.steps, by, keys.windows()]).catch(() => undefined);
    if (reply !== undefined) this.follow(performance.now(), movesFrom(reply));
  }

  private follow(at: number, moves: ClockMoves): void {
    this.state = followed(this.state, at);
    this.known = moves;
    this.logger.warn({ msg: 'the hub follows the clock of Redis again, timers are moved along', ...moves });
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}

const counts = z.tuple([z.coerce.number(), z.coerce.number()]);

function movesFrom(reply: unknown): ClockMoves {
  const [steps, totalMs] = counts.parse(reply);
  return { steps, totalMs };
}
