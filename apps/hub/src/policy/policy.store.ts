import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { script } from '../platform/scripts';

const record = z.object({
  name: z.string(),
  version: z.int(),
  /** As it was sent. */
  document: z.record(z.string(), z.unknown()),
  origin: z.enum(['api', 'file']),
  /** Epoch milliseconds. */
  updatedAt: z.int(),
  updatedBy: z.string(),
});
/** One version of a policy as it is stored. Versions of a name only rise, also over a deletion. */
export type PolicyRecord = z.infer<typeof record>;

/** What a name held when a change of it was decided. */
export type Seen = Readonly<{
  current: PolicyRecord | null;
  text: string;
  lastVersion: number;
  /** Of all policies together, read before the rest. */
  revision: string;
}>;

/**
 * KEYS policies, last versions, revision. ARGV name, text as read or '', last version as read, text to write or '' to delete, its version,
 * revision that has to be the present one, or `any`.
 */
const REPLACE = script(
  'frReplacePolicy',
  `if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
   if (redis.call('HGET', KEYS[2], ARGV[1]) or '0') ~= ARGV[3] then return 0 end
   if ARGV[6] ~= 'any' and (redis.call('GET', KEYS[3]) or '') ~= ARGV[6] then return 0 end
   if ARGV[4] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
   else
     redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
     redis.call('HSET', KEYS[2], ARGV[1], ARGV[5])
   end
   redis.call('INCR', KEYS[3])
   return 1`,
);

/** Keeps the policies, and which versions their names have had. */
@Injectable()
export class PolicyStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** Changes with every change of any policy. */
  async revision(): Promise<string> {
    return (await this.redis.get(this.keys.policiesRevision())) ?? '';
  }

  /** Sorted by name. */
  async all(): Promise<readonly PolicyRecord[]> {
    const texts = await this.redis.hvals(this.keys.policies());
    return texts.map(parse).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async look(name: string): Promise<Seen> {
    const revision = await this.revision();
    const [text, last] = await Promise.all([
      this.redis.hget(this.keys.policies(), name),
      this.redis.hget(this.keys.lastPolicyVersions(), name),
    ]);
    return { current: text === null ? null : parse(text), text: text ?? '', lastVersion: Number(last ?? 0), revision };
  }

  /**
   * Writes the next version. False: somebody else was first, and it has to be decided anew.
   * @param alone whether a change of any other policy counts as that, too
   */
  replace(seen: Seen, next: Omit<PolicyRecord, 'version'>, alone: boolean): Promise<boolean> {
    const version = seen.lastVersion + 1;
    return this.write(next.name, seen, { text: JSON.stringify({ ...next, version }), version, alone });
  }

  /** False: somebody else was first. */
  remove(name: string, seen: Seen): Promise<boolean> {
    return this.write(name, seen, { text: '', version: seen.lastVersion, alone: false });
  }

  private async write(
    name: string,
    seen: Seen,
    { text, version, alone }: Readonly<{ text: string; version: number; alone: boolean }>,
  ): Promise<boolean> {
    const keys = [this.keys.policies(), this.keys.lastPolicyVersions(), this.keys.policiesRevision()];
    const args = [name, seen.text, seen.lastVersion, text, version, alone ? seen.revision : 'any'];
    return (await this.redis.run(REPLACE, keys, args)) === 1;
  }
}

const parse = (text: string): PolicyRecord => record.parse(JSON.parse(text));
