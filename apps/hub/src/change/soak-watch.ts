import { Injectable, Logger } from '@nestjs/common';
import { objectKey } from '@app/contracts/objects';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import { Keys } from '../platform/keys';
import { Lanes } from '../platform/lanes';
import { StateRedis } from '../platform/redis';
import { isUnready } from '../rollout/fleet-facts';
import { RolloutService } from '../rollout/rollout.service';

/** For how long it is not asked again which rollouts watch a soak, in milliseconds. */
const KNOWN_MS = 250;

/**
 * Lets rollouts look at once when a workload in a cluster of theirs is not ready any more, or is again, while a wave of
 * them soaks: what comes and goes between two sweeps would not be seen otherwise.
 */
@Injectable()
export class SoakWatch {
  private readonly logger = new Logger(SoakWatch.name);
  private readonly lanes = new Lanes();
  private watching: readonly string[] = [];
  private knownUntil = 0;
  /** Keys of workloads that were told to be not ready, by cluster; only while somebody watches. */
  private readonly unready = new Map<string, Set<string>>();

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly rollouts: RolloutService,
  ) {}

  /** Takes in facts that are stored. Not waited for: whoever is not reached looks again by itself. */
  told(cluster: string, workloads: readonly WorkloadFact[]): void {
    if (workloads.length === 0) return;
    this.look(cluster, workloads).catch((error: unknown) => {
      this.logger.warn({ msg: 'a rollout that soaks was not told to look', cluster, err: error });
    });
  }

  private async look(cluster: string, workloads: readonly WorkloadFact[]): Promise<void> {
    const watching = await this.whoWatches();
    if (watching.length === 0) return this.unready.clear();
    if (!this.isNews(cluster, workloads)) return;
    const places = await this.redis.zmscore(this.keys.runsOfCluster(cluster), ...watching);
    const concerned = watching.filter((_id, at) => places[at] !== null);
    await Promise.all(concerned.map((id) => this.lanes.shared(id, () => this.rollouts.wake(id))));
  }

  private async whoWatches(): Promise<readonly string[]> {
    if (performance.now() < this.knownUntil) return this.watching;
    this.knownUntil = performance.now() + KNOWN_MS;
    this.watching = await this.redis.smembers(this.keys.watching());
    return this.watching;
  }

  private isNews(cluster: string, workloads: readonly WorkloadFact[]): boolean {
    const unready = this.unready.get(cluster) ?? new Set<string>();
    this.unready.set(cluster, unready);
    const changed = workloads.filter((fact) => isUnready(fact) !== unready.has(objectKey(fact)));
    for (const fact of changed) {
      if (!unready.delete(objectKey(fact))) unready.add(objectKey(fact));
    }
    return changed.length > 0;
  }
}
