import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { dueMember } from '../../platform/core/due';
import { Keys } from '../../platform/keys';
import { StateRedis } from '../../platform/redis';
import { script } from '../../platform/scripts';
import type { Instant } from '../../rollout/core/model';
import type { Place } from '../core/place';

/**
 * Opens a window, or extends it by what is new in it. KEYS window, due, open windows.
 * ARGV quiet ms, longest ms, due member, cluster, revision.
 */
const OPEN = script(
  'frOpenWindow',
  `local opened = tonumber(redis.call('HGET', KEYS[1], 'openedAt') or '0')
   if opened == 0 then opened = now redis.call('HSET', KEYS[1], 'openedAt', string.format('%d', now)) end
   if redis.call('HGET', KEYS[1], 'm:' .. ARGV[4]) ~= ARGV[5] then
     local close = string.format('%d', math.min(now + tonumber(ARGV[1]), opened + tonumber(ARGV[2])))
     redis.call('HSET', KEYS[1], 'm:' .. ARGV[4], ARGV[5], 'closeAt', close)
     redis.call('ZADD', KEYS[2], close, ARGV[3])
   end
   redis.call('SADD', KEYS[3], ARGV[3])
   return 1`,
);

/** Says whether the window may be closed now; if not, sees to it that somebody asks again. Reply: closeAt, or empty. */
const LOOK = script(
  'frLookAtWindow',
  `local close = redis.call('HGET', KEYS[1], 'closeAt')
   if not close then return {'1', ''} end
   if tonumber(close) > now then redis.call('ZADD', KEYS[2], close, ARGV[1]) return {'0', close} end
   return {'1', close}`,
);

/** Closes the window that was looked at; one that was extended meanwhile stays. ARGV due member, closeAt that was seen. */
const CLOSE = script(
  'frCloseWindow',
  `local close = redis.call('HGET', KEYS[1], 'closeAt') or ''
   if close ~= ARGV[2] then redis.call('ZADD', KEYS[2], close, ARGV[1]) return 0 end
   redis.call('DEL', KEYS[1]) redis.call('ZREM', KEYS[2], ARGV[1]) redis.call('SREM', KEYS[3], ARGV[1])
   return 1`,
);

/**
 * Somebody is to ask again. KEYS as OPEN. ARGV due member, ms until then, longest ms.
 * Reply: 2 for the first time, 1 for another, 0 when that was done for longer already.
 */
const POSTPONE = script(
  'frPostponeWindow',
  `local first = redis.call('HSETNX', KEYS[1], 'waitsSince', string.format('%d', now))
   if now - tonumber(redis.call('HGET', KEYS[1], 'waitsSince')) >= tonumber(ARGV[3]) then return 0 end
   redis.call('ZADD', KEYS[2], string.format('%d', now + tonumber(ARGV[2])), ARGV[1])
   redis.call('SADD', KEYS[3], ARGV[1])
   return 1 + first`,
);

/**
 * Closes a window no sooner than others. KEYS window, due, the others. ARGV due member, longest ms.
 * Reply: whether it was put off; which of the others are due now themselves, counted from 1.
 */
const PUT_OFF = script(
  'frPutOffWindow',
  `local opened = redis.call('HGET', KEYS[1], 'openedAt')
   local last, ripe = 0, {}
   for n = 3, #KEYS do
     local close = tonumber(redis.call('HGET', KEYS[n], 'closeAt') or '0')
     if close > 0 and close <= now then ripe[#ripe + 1] = n - 2 end
     last = math.max(last, close)
   end
   if not opened then return {0, ripe} end
   local close = math.min(last, tonumber(opened) + tonumber(ARGV[2]))
   if close <= now then return {0, ripe} end
   redis.call('HSET', KEYS[1], 'closeAt', string.format('%d', close))
   redis.call('ZADD', KEYS[2], string.format('%d', close), ARGV[1])
   return {1, {}}`,
);

/** Fields of a window that people are told of. */
const TOLD = ['closeAt', 'waitsSince'] as const;

/** A change that is gathered. `closesAt` null: none was opened for it, and it waits for agents all the same. */
export type Gathered = Readonly<{
  closesAt: Instant | null;
  /** It could be planned, and waits for agents that lost contact a moment ago. */
  awaitsAgents: boolean;
}>;
export type WindowTimes = Readonly<{ quietMs: number; maxWaitMs: number }>;

/** Coalescing windows: how long changes of one source are gathered before a rollout is decided. */
@Injectable()
export class WindowStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** A member that is in the window already at this revision does not extend it. */
  async open(place: Place, times: WindowTimes, member: Readonly<{ cluster: string; revision: string }>): Promise<void> {
    const args = [times.quietMs, times.maxWaitMs, this.member(place), member.cluster, member.revision];
    await this.redis.run(OPEN, this.keysOf(place), args);
  }

  /** Undefined: not due yet. Else what `close` wants to hear. */
  async look(place: Place): Promise<string | undefined> {
    const reply = await this.redis.run(LOOK, this.keysOf(place), [this.member(place)]);
    const [ripe, closeAt] = z.tuple([z.string(), z.string()]).parse(reply);
    return ripe === '1' ? closeAt : undefined;
  }

  /** What is gathered there now, for people; null: nothing. */
  async gathered(place: Place): Promise<Gathered | null> {
    const [closeAt, waitsSince] = await this.redis.hmget(this.keys.window(place.policy, place.source), ...TOLD);
    if (!closeAt && !waitsSince) return null;
    return { closesAt: closeAt ? Number(closeAt) : null, awaitsAgents: Boolean(waitsSince) };
  }

  /**
   * Leaves a window open that could be closed, and has it looked at again; also where none was opened.
   * @returns `over` when it has waited for `longestMs` by now: it waits no longer.
   */
  async postpone(
    place: Place,
    { byMs, longestMs }: Readonly<{ byMs: number; longestMs: number }>,
  ): Promise<'begun' | 'goesOn' | 'over'> {
    const reply = await this.redis.run(POSTPONE, this.keysOf(place), [this.member(place), byMs, longestMs]);
    return reply === 2 ? 'begun' : reply === 1 ? 'goesOn' : 'over';
  }

  /**
   * Leaves a window open until those of other sources close that are open under the same policy, but not for longer than
   * `maxWaitMs` in all.
   * @returns `putOff`; or it closes now, and along with it those of the others that are due.
   */
  async putOff(
    place: Place,
    others: readonly string[],
    { maxWaitMs }: Pick<WindowTimes, 'maxWaitMs'>,
  ): Promise<'putOff' | readonly string[]> {
    if (others.length === 0) return [];
    const keys = others.map((source) => this.keys.window(place.policy, source));
    const [own = '', due = ''] = this.keysOf(place);
    const reply = await this.redis.run(PUT_OFF, [own, due, ...keys], [this.member(place), maxWaitMs]);
    const [isPutOff, ripe] = z.tuple([z.number(), z.array(z.number())]).parse(reply);
    return isPutOff === 1 ? 'putOff' : ripe.flatMap((n) => others[n - 1] ?? []);
  }

  /** @param seen what `look` gave. */
  async close(place: Place, seen: string): Promise<void> {
    await this.redis.run(CLOSE, this.keysOf(place), [this.member(place), seen]);
  }

  private keysOf = ({ policy, source }: Place): string[] => [
    this.keys.window(policy, source),
    this.keys.due(),
    this.keys.openWindows(),
  ];
  private member = (place: Place): string => dueMember({ type: 'window', ...place });
}
