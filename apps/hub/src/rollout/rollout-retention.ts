import { Inject, Injectable } from '@nestjs/common';
import { isTerminalRollout } from '@app/contracts/phases';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import type { Rollout } from './core/model';
import { RolloutStore } from './rollout.store';

/** Most rollouts removed in one go. */
const AT_ONCE = 200;

/** Removes finished rollouts that are older, or more, than HUB_RETENTION keeps; nothing else ever removes one. */
@Injectable()
export class RolloutRetention {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly store: RolloutStore,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'retention'>,
  ) {}

  /** @param now on the store's clock. @returns how many are gone; several replicas may do this at once. */
  async prune(now: number): Promise<number> {
    const { ageMs, rollouts } = this.config.retention;
    const key = this.keys.runs();
    const surplus = Math.min(AT_ONCE, Math.max(0, (await this.redis.zcard(key)) - rollouts));
    const [old, most] = await Promise.all([
      this.redis.zrangebyscore(key, '-inf', now - ageMs, 'LIMIT', 0, AT_ONCE),
      surplus === 0 ? [] : this.redis.zrange(key, '0', String(surplus - 1)),
    ]);
    const stored = await this.store.loadMany([...new Set([...old, ...most])]);
    const over = stored.filter(({ rollout }) => isTerminalRollout(rollout.phase));
    for (const { rollout } of over) await this.remove(rollout);
    return over.length;
  }

  private async remove({ id, policy, phase, targets }: Rollout): Promise<void> {
    const { keys, redis } = this;
    const clusters = targets.clusters();
    await Promise.all([
      ...clusters.flatMap((name) => [redis.zrem(keys.runsOfCluster(name), id), redis.srem(keys.open(name), id)]),
      redis.zrem(keys.runsOfPolicy(policy.name), id),
      redis.zrem(keys.runsInPhase(phase), id),
      redis.zrem(keys.runs(), id),
      redis.del(keys.run(id)),
    ]);
  }
}
