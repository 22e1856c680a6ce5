import { Injectable } from '@nestjs/common';
import { factFrom } from '../fleet/core/stored-fact';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { type HoldRecord, holdRecord, standsAt } from './core/hold';

/** Keeps holds: HASH id → hold. One that has expired is as good as gone, and is removed when somebody lists them. */
@Injectable()
export class HoldStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  async add(hold: HoldRecord): Promise<void> {
    await this.redis.hset(this.keys.holds(), hold.id, JSON.stringify(hold));
  }

  /** Those that stand at this instant, oldest first. */
  async standing(at: number): Promise<readonly HoldRecord[]> {
    return (await this.all()).filter((hold) => standsAt(hold, at));
  }

  async get(id: string): Promise<HoldRecord | undefined> {
    return (await this.all()).find((hold) => hold.id === id);
  }

  /** False when there was none of this id. */
  async remove(id: string): Promise<boolean> {
    return (await this.redis.hdel(this.keys.holds(), id)) === 1;
  }

  /** Forgets what expired. */
  async sweep(at: number): Promise<void> {
    const over = (await this.all()).filter((hold) => !standsAt(hold, at)).map(({ id }) => id);
    if (over.length > 0) await this.redis.hdel(this.keys.holds(), ...over);
  }

  private async all(): Promise<readonly HoldRecord[]> {
    const stored = Object.entries(await this.redis.hgetall(this.keys.holds()));
    return stored
      .map(([id, text]) => factFrom(holdRecord, text) ?? unreadable(id))
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }
}

/** Whoever wrote it meant to stop something; what, this hub can not tell: so everything. */
const unreadable = (id: string): HoldRecord => ({
  id,
  scope: { all: true },
  owner: 'unknown',
  reason: 'this hold was written by another version of the hub: release it, and set it anew',
  createdAt: 0,
  expiresAt: null,
});
