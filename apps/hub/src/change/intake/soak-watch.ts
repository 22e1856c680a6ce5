import { Injectable, Logger } from '@nestjs/common';
import { objectKey } from '@app/contracts/objects';
import type { Report } from '@app/contracts/wire/agent-messages';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import { Keys } from '../../platform/keys';
import { Lanes } from '../../platform/lanes';
import { StateRedis } from '../../platform/redis';
import { isUnready } from '../../rollout/core/cluster-now';
import { RolloutService } from '../../rollout/rollout.service';

type Told = Pick<Report, 'workloads' | 'goneWorkloads'>;

/**
 * Lets rollouts look at once when a workload in a cluster of theirs is not ready any more, or is again, while a wave of
 * them soaks: what comes and goes between two sweeps would not be seen otherwise.
 */
@Injectable()
export class SoakWatch {
  private readonly logger = new Logger(SoakWatch.name);
  private readonly lanes = new Lanes();
  /** Pods of workloads that were told to be not ready, by cluster and key; of those that are, nothing is kept. */
  private readonly unready = new Map<string, Map<string, number>>();

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly rollouts: RolloutService,
  ) {}

  /** Takes in facts that are stored. Not waited for: whoever is not reached looks again by itself. */
  told(cluster: string, report: Told): void {
    if (!this.isNews(cluster, report)) return;
    this.ring(cluster).catch((error: unknown) => {
      this.logger.warn({ msg: 'a rollout that soaks was not told to look', cluster, err: error });
    });
  }

  private async ring(cluster: string): Promise<void> {
    const watching = await this.redis.smembers(this.keys.watching());
    if (watching.length === 0) return;
    const places = await this.redis.zmscore(this.keys.runsOfCluster(cluster), ...watching);
    const concerned = watching.filter((_id, at) => places[at] !== null);
    await Promise.all(concerned.map((id) => this.lanes.shared(id, () => this.rollouts.wake(id))));
  }

  private isNews(cluster: string, { workloads, goneWorkloads }: Told): boolean {
    const now = this.unready.get(cluster) ?? new Map<string, number>();
    for (const gone of goneWorkloads) now.delete(objectKey(gone));
    const changed = workloads.filter((fact) => servingOf(fact) !== now.get(objectKey(fact)));
    for (const fact of changed) {
      const serving = servingOf(fact);
      if (serving === undefined) now.delete(objectKey(fact));
      else now.set(objectKey(fact), serving);
    }
    if (now.size > 0) this.unready.set(cluster, now);
    else this.unready.delete(cluster);
    return changed.length > 0;
  }
}

/** Its pods that serve, while those are not all; undefined: nothing is wrong with it. A restart that failed is no number. */
const servingOf = (fact: WorkloadFact): number | undefined => {
  if (!isUnready(fact)) return undefined;
  return fact.state === 'Failed' ? -1 : fact.pods.ready;
};
