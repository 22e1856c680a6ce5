import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ROLES } from '@app/contracts/api/views';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';

const record = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  clusters: z.string().nullable(),
  /** Tokens of earlier versions are in no group. */
  groups: z.array(z.string()).default([]),
  /** SHA-256 of the whole token; the token itself is random, so that the digest tells nothing. */
  hash: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
});
export type TokenRecord = z.infer<typeof record>;

/** Keeps API tokens: HASH id → record, and beside it when each was last used. */
@Injectable()
export class TokenStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** False when the id is taken: nothing is stored then. */
  async add(token: TokenRecord): Promise<boolean> {
    return (await this.redis.hsetnx(this.keys.tokens(), token.id, JSON.stringify(token))) === 1;
  }

  async get(id: string): Promise<TokenRecord | undefined> {
    const text = await this.redis.hget(this.keys.tokens(), id);
    return text === null ? undefined : record.parse(JSON.parse(text));
  }

  /** Sorted by id. */
  async list(): Promise<readonly (TokenRecord & { lastUsedAt: number | null })[]> {
    const [tokens, used] = await Promise.all([
      this.redis.hgetall(this.keys.tokens()),
      this.redis.hgetall(this.keys.tokensUsed()),
    ]);
    return Object.keys(tokens)
      .sort()
      .map((id) => ({ ...record.parse(JSON.parse(tokens[id] ?? '')), lastUsedAt: used[id] ? Number(used[id]) : null }));
  }

  async remove(id: string): Promise<boolean> {
    const [removed] = await Promise.all([
      this.redis.hdel(this.keys.tokens(), id),
      this.redis.hdel(this.keys.tokensUsed(), id),
    ]);
    return removed === 1;
  }

  /** @param at epoch milliseconds. */
  async used(id: string, at: number): Promise<void> {
    await this.redis.hset(this.keys.tokensUsed(), id, at);
  }
}
