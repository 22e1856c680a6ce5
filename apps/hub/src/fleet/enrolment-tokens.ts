import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { Labels } from '@app/contracts/objects';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { type EnrolmentToken, enrolmentToken } from './core/enrolment';

export const DEFAULT_ENROLMENT_TTL_MS = 60 * 60_000;
/** A spent or expired token stays listed for a while, so that people see what became of it. */
const KEPT_AFTER_EXPIRY_MS = 7 * 24 * 60 * 60_000;

const FORM = /^fre_([a-z2-7]{12})_[A-Za-z0-9_-]{43}$/;
const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

export type CreatedToken = Readonly<{ token: string; record: EnrolmentToken }>;

/** Single-use tokens `fre_<id>_<secret>` by which clusters join. Only a digest is kept; the token is shown once. */
@Injectable()
export class EnrolmentTokens {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly clock: Clock,
  ) {}

  /** @param input.cluster the one name that it enrols, without a person's approval; null: any name, with approval. */
  async create(input: Readonly<{ cluster: string | null; labels: Labels; ttlMs: number }>): Promise<CreatedToken> {
    await this.forgetOld();
    const id = Array.from({ length: 12 }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]).join('');
    const token = `fre_${id}_${randomBytes(32).toString('base64url')}`;
    const createdAt = this.clock.now();
    const record: EnrolmentToken = {
      id,
      hash: digestOf(token).toString('hex'),
      cluster: input.cluster,
      labels: { ...input.labels },
      createdAt,
      expiresAt: createdAt + input.ttlMs,
      usedBy: null,
    };
    await this.redis.hset(this.keys.enrolmentTokens(), id, JSON.stringify(record));
    return { token, record };
  }

  /** Newest first. */
  async list(): Promise<readonly EnrolmentToken[]> {
    const texts = await this.redis.hgetall(this.keys.enrolmentTokens());
    return Object.values(texts)
      .map(parse)
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  /** @returns false when there is none of that id. */
  async delete(id: string): Promise<boolean> {
    return (await this.redis.hdel(this.keys.enrolmentTokens(), id)) === 1;
  }

  /**
   * The stored form of a token as an agent sent it; undefined when it is none of ours.
   * `text` is what is stored, to compare with; `at` when it was read, in epoch ms.
   */
  async find(token: string): Promise<Readonly<{ record: EnrolmentToken; text: string; at: number }> | undefined> {
    const id = FORM.exec(token)?.[1];
    const text = id === undefined ? null : await this.redis.hget(this.keys.enrolmentTokens(), id);
    if (text === null) return undefined;
    const record = parse(text);
    return timingSafeEqual(digestOf(token), Buffer.from(record.hash, 'hex'))
      ? { record, text, at: this.clock.now() }
      : undefined;
  }

  private async forgetOld(): Promise<void> {
    const oldest = this.clock.now() - KEPT_AFTER_EXPIRY_MS;
    const old = (await this.list()).filter(({ expiresAt }) => expiresAt < oldest).map(({ id }) => id);
    if (old.length > 0) await this.redis.hdel(this.keys.enrolmentTokens(), ...old);
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
const parse = (text: string): EnrolmentToken => enrolmentToken.parse(JSON.parse(text));
