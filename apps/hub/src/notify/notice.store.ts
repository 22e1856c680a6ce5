import { Injectable } from '@nestjs/common';
import { dueMember } from '../platform/core/due';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { script } from '../platform/scripts';
import type { Notice } from './core/notice';
import { eventWrite, type HubEvent } from './hub-events';

/** KEYS notices, due, events. ARGV id, member, then what is to be appended to the events. The first to come tells of it. */
const END = script(
  'frEndNotice',
  `if redis.call('HDEL', KEYS[1], ARGV[1]) == 1 then redis.call('XADD', KEYS[3], unpack(ARGV, 3)) end
   return redis.call('ZREM', KEYS[2], ARGV[2])`,
);

/** KEYS notices, due. ARGV id, member, notice, ms from now. Nothing happens to one that is over. */
const AGAIN = script(
  'frNoticeAgain',
  `if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return redis.call('ZREM', KEYS[2], ARGV[2]) end
   redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
   return redis.call('ZADD', KEYS[2], string.format('%d', now + tonumber(ARGV[4])), ARGV[2])`,
);

/** Notices that are still to be delivered. They are made with the transition that they tell of, by `noticeWrites`. */
@Injectable()
export class NoticeStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  async get(id: string): Promise<Notice | undefined> {
    const text = await this.redis.hget(this.keys.notices(), id);
    return text === null ? undefined : (JSON.parse(text) as Notice);
  }

  /** It comes up again in so many milliseconds. */
  async again(notice: Notice, inMs: number): Promise<void> {
    const { keys } = this;
    const args = [notice.id, memberOf(notice.id), JSON.stringify(notice), Math.round(inMs)];
    await this.redis.run(AGAIN, [keys.notices(), keys.due()], args);
  }

  /** Ends it, and tells how: once, whoever else comes to the same end. */
  async end({ id }: Notice, event: HubEvent): Promise<void> {
    const { keys } = this;
    const [, stream, ...entry] = eventWrite(keys, event);
    if (stream === undefined) return;
    await this.redis.run(END, [keys.notices(), keys.due(), stream], [id, memberOf(id), ...entry]);
  }

  /** Ends the timer of a notice that is not there any more. */
  async forget(id: string): Promise<void> {
    await this.redis.zrem(this.keys.due(), memberOf(id));
  }
}

const memberOf = (id: string): string => dueMember({ type: 'notice', id });
