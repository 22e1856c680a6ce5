import { dueMember } from '../platform/core/due';
import type { Keys } from '../platform/keys';
import type { Instant, Rollout } from '../rollout/core/model';
import { noticesOf } from './core/notice';

/** What a transition stores so that whoever its policy names is told of it, by any replica, as often as it takes. */
export const noticeWrites = (
  keys: Keys,
  { before, after, at }: Readonly<{ before: Rollout | null; after: Rollout; at: Instant }>,
): readonly (readonly string[])[] =>
  noticesOf(before, after, at).flatMap((notice) => [
    ['HSET', keys.notices(), notice.id, JSON.stringify(notice)],
    ['ZADD', keys.due(), String(at), dueMember({ type: 'notice', id: notice.id })],
  ]);
