import { Injectable, Logger } from '@nestjs/common';
import { objectKey } from '@app/contracts/objects';
import type { Report } from '@app/contracts/wire/agent-messages';
import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import { Keys } from '../../platform/keys';
import { Lanes } from '../../platform/lanes';
import { StateRedis } from '../../platform/redis';
import { isUnready } from '../../rollout/core/cluster-now';
import { RolloutService } from '../../rollout/rollout.service';

type Told = Readonly<{
  sources: readonly SourceFact[];
  workloads: readonly WorkloadFact[];
  goneWorkloads?: Report['goneWorkloads'];
}>;

/**
 * Lets rollouts look at once at news of a cluster of theirs, where by themselves they look every 15 seconds:
 * - when a workload is not ready any more, or is again, while a wave of theirs soaks: what comes and goes between two
 *   looks would not be seen otherwise;
 * - when they wait until the cluster has told of their source what they carry. Where many workloads use it, that takes
 *   several frames: what is planned by the first of them knows of the others what was told before.
 */
@Injectable()
export class RolloutWatch {
  private readonly logger = new Logger(RolloutWatch.name);
  private readonly lanes = new Lanes();
  /** Pods of workloads that were told to be not ready, by cluster and key; of those that are, nothing is kept. */
  private readonly unready = new Map<string, Map<string, number>>();

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly rollouts: RolloutService,
  ) {}

  /** Takes in facts that are stored. Not waited for: whoever is not reached looks again by itself. */
  told(cluster: string, told: Told): void {
    if (this.isOfReadiness(cluster, told)) this.ring(cluster, this.keys.watching());
    if (isOfSources(told)) this.ring(cluster, this.keys.awaiting());
  }

  private ring(cluster: string, listeners: string): void {
    this.wake(cluster, listeners).catch((error: unknown) => {
      this.logger.warn({ msg: 'a rollout was not told to look', cluster, err: error });
    });
  }

  /** @param listeners key of a set of rollouts. */
  private async wake(cluster: string, listeners: string): Promise<void> {
    const listening = await this.redis.smembers(listeners);
    if (listening.length === 0) return;
    const places = await this.redis.zmscore(this.keys.runsOfCluster(cluster), ...listening);
    const concerned = listening.filter((_id, at) => places[at] !== null);
    await Promise.all(concerned.map((id) => this.lanes.shared(id, () => this.rollouts.wake(id))));
  }

  private isOfReadiness(cluster: string, { workloads, goneWorkloads = [] }: Told): boolean {
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

const isOfSources = ({ sources, workloads }: Told): boolean =>
  sources.length > 0 || workloads.some(({ state }) => state === 'Pending');

/** Its pods that serve, while those are not all; undefined: nothing is wrong with it. A restart that failed is no number. */
const servingOf = (fact: WorkloadFact): number | undefined => {
  if (!isUnready(fact)) return undefined;
  return fact.state === 'Failed' ? -1 : fact.pods.ready;
};
