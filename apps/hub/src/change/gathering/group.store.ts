import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { objectKey, parseObjectKey, type SourceRef, sourceRef } from '@app/contracts/objects';
import { Keys } from '../../platform/keys';
import { StateRedis } from '../../platform/redis';
import { script } from '../../platform/scripts';
import type { Place } from '../core/place';

/** Forgets members that no cluster uses: nothing waits for them. KEYS members. ARGV what the keys of their users begin with. */
const MEMBERS = script(
  'frGroupMembers',
  `local members = {}
   for _, source in ipairs(redis.call('SMEMBERS', KEYS[1])) do
     if redis.call('EXISTS', ARGV[1] .. source) == 1 then members[#members + 1] = source
     else redis.call('SREM', KEYS[1], source) end
   end
   return members`,
);

/** Which sources a policy has seen change under the same value of the label that it gathers by. */
@Injectable()
export class GroupStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  async join({ policy, source: group }: Place, source: string): Promise<void> {
    await this.redis.sadd(this.keys.group(policy, group), source);
  }

  /** In the order of their keys. */
  async members({ policy, source: group }: Place): Promise<readonly SourceRef[]> {
    const reply = await this.redis.run(MEMBERS, [this.keys.group(policy, group)], [this.keys.clustersOf('')]);
    return z
      .array(z.string())
      .parse(reply)
      .sort()
      .flatMap((key) => sourceFromKey(key) ?? []);
  }
}

/** Undefined: the key is not one of a source. */
export function sourceFromKey(key: string): SourceRef | undefined {
  const parsed = sourceRef.safeParse(parseObjectKey(key));
  return parsed.success && objectKey(parsed.data) === key ? parsed.data : undefined;
}
