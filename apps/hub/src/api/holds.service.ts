import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { HoldScope } from '@app/contracts/api/holds';
import { Clock } from '../platform/clock';
import { RolloutAlarm } from '../rollout/rollout-alarm';
import type { HoldRecord } from '../holds/core/hold';
import { HoldStore } from '../holds/hold.store';

/** `expiresAt` in epoch milliseconds; null: it stands until somebody releases it. */
export type NewHold = Readonly<{ scope: HoldScope; owner: string; reason: string; expiresAt: number | null }>;

/** Sets and releases holds, and lets the rollouts under way look at once. They look at holds at each dispatch anyway. */
@Injectable()
export class HoldsService {
  constructor(
    private readonly store: HoldStore,
    private readonly clock: Clock,
    private readonly alarm: RolloutAlarm,
  ) {}

  /** The store's time, epoch milliseconds. */
  now(): number {
    return this.clock.now();
  }

  async create({ scope, owner, reason, expiresAt }: NewHold): Promise<HoldRecord> {
    const createdAt = this.clock.now();
    await this.store.sweep(createdAt);
    const hold = { id: `h-${randomBytes(5).toString('hex')}`, scope, owner, reason, createdAt, expiresAt };
    await this.store.add(hold);
    this.alarm.ring();
    return hold;
  }

  list(): Promise<readonly HoldRecord[]> {
    return this.store.standing(this.clock.now());
  }

  get(id: string): Promise<HoldRecord | undefined> {
    return this.store.get(id);
  }

  /** False when there is none of this id. */
  async release(id: string): Promise<boolean> {
    const released = await this.store.remove(id);
    if (released) this.alarm.ring();
    return released;
  }
}
