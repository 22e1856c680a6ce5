import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Keys } from '../../platform/keys';
import { StateRedis } from '../../platform/redis';

/** How long a stored answer is given again. */
const KEEP_MS = 24 * 3_600_000;
/** A request that died with its hub frees its key after this. */
const CLAIM_MS = 60_000;

const entry = z.discriminatedUnion('state', [
  z.object({ state: z.literal('running'), fingerprint: z.string() }),
  /** `body` is left out where the answer holds a credential. */
  z.object({ state: z.literal('done'), fingerprint: z.string(), body: z.string().nullable(), shownOnce: z.boolean() }),
]);
export type IdempotencyEntry = z.infer<typeof entry>;

/** Remembers which request an `Idempotency-Key` stood for, and what it was answered. */
@Injectable()
export class IdempotencyStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** @returns undefined when the key is now the caller's, else what it stands for already. */
  async claim(key: string, fingerprint: string): Promise<IdempotencyEntry | undefined> {
    const mine = JSON.stringify({ state: 'running', fingerprint } satisfies IdempotencyEntry);
    const claimed = await this.redis.set(this.keys.idempotency(key), mine, 'PX', CLAIM_MS, 'NX');
    return claimed === 'OK' ? undefined : this.read(key);
  }

  /** Undefined when nothing holds the key (any more). */
  async read(key: string): Promise<IdempotencyEntry | undefined> {
    const text = await this.redis.get(this.keys.idempotency(key));
    return text === null ? undefined : entry.parse(JSON.parse(text));
  }

  async finish(key: string, done: Omit<Extract<IdempotencyEntry, { state: 'done' }>, 'state'>): Promise<void> {
    await this.redis.set(this.keys.idempotency(key), JSON.stringify({ state: 'done', ...done }), 'PX', KEEP_MS);
  }

  async release(key: string): Promise<void> {
    await this.redis.del(this.keys.idempotency(key));
  }
}
