import { Inject, Injectable } from '@nestjs/common';
import { isTerminalRollout, rolloutPhase } from '@app/contracts/phases';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { scoredIn } from '../platform/core/scored';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import type { Rollout } from './core/model';
import { clusterOf } from './core/stored-target';
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
    const [finished, all] = await Promise.all([this.oldestFinished(), this.redis.zcard(this.keys.runs())]);
    const surplus = Math.max(0, all - rollouts);
    const over = finished.filter(({ at }, place) => at <= now - ageMs || place < surplus);
    const stored = await this.store.loadMany(over.map(({ id }) => id));
    const gone = stored.filter(({ rollout }) => isTerminalRollout(rollout.phase));
    for (const { rollout } of gone) await this.remove(rollout);
    const unreadable = over.filter(({ id }) => this.store.unreadable.has(id));
    for (const { id } of unreadable) await this.removeUnreadable(id);
    return gone.length + unreadable.length;
  }

  /** However many before them go on, or wait for a person. What is finished stays so. */
  private async oldestFinished(): Promise<readonly Aged[]> {
    const keys = rolloutPhase.options.filter(isTerminalRollout).map((phase) => this.keys.runsInPhase(phase));
    const found = await Promise.all(keys.map((key) => this.redis.zrange(key, '0', String(AT_ONCE - 1), 'WITHSCORES')));
    return found
      .flatMap(scoredIn)
      .map(({ member, score }) => ({ id: member, at: Number(score) }))
      .sort((a, b) => a.at - b.at)
      .slice(0, AT_ONCE);
  }

  /** Its place in the list of its policy stays: who that is can not be read, and nobody misses it there. */
  private async removeUnreadable(id: string): Promise<void> {
    const { keys, redis } = this;
    const clusters = (await redis.hkeys(keys.run(id))).flatMap((field) => clusterOf(field) ?? []);
    await Promise.all([
      ...this.outOf(clusters, id),
      ...rolloutPhase.options.map((phase) => redis.zrem(keys.runsInPhase(phase), id)),
      redis.zrem(keys.runs(), id),
      redis.del(keys.run(id)),
    ]);
    this.store.unreadable.remove(id);
  }

  private outOf(clusters: readonly string[], id: string): Promise<number>[] {
    const { keys, redis } = this;
    return clusters.flatMap((name) => [redis.zrem(keys.runsOfCluster(name), id), redis.srem(keys.open(name), id)]);
  }

  private async remove({ id, policy, phase, targets }: Rollout): Promise<void> {
    const { keys, redis } = this;
    const clusters = targets.clusters();
    await Promise.all([
      ...this.outOf(clusters, id),
      redis.zrem(keys.runsOfPolicy(policy.name), id),
      redis.zrem(keys.runsInPhase(phase), id),
      redis.zrem(keys.runs(), id),
      redis.del(keys.run(id)),
    ]);
  }
}

/** `at`: when it was made. */
type Aged = Readonly<{ id: string; at: number }>;
