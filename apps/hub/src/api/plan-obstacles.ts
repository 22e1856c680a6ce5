import { Injectable } from '@nestjs/common';
import type { SourceRef } from '@app/contracts/objects';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { ClusterRegistry } from '../fleet/registry';
import { concerns, type HoldRecord } from '../holds/core/hold';
import { HoldStore } from '../holds/hold.store';
import type { CandidateCluster, PlanWarning } from '../plan/core/model';
import { Clock } from '../platform/clock';
import { heldBy } from '../rollout/core/guards';
import type { Instant } from '../rollout/core/model';
import { LiveWindows } from '../rollout/live-windows';
import { opensFrom } from '../windows/core/evaluate';
import { clusterWarnings } from '../windows/core/warnings';
import type { Opens } from './core/earliest';

/** What keeps planned clusters from starting, by what is known now. */
export type Obstacles = Readonly<{ opens: Opens; warnings: readonly PlanWarning[] }>;

/** What stands in the way of one cluster; `until`: null when only a person can end it. */
type Stop = Readonly<{ code: string; detail: string; until: Instant | null }>;

/** Windows, holds and drained clusters, as a rollout that began now would meet them. */
@Injectable()
export class PlanObstacles {
  constructor(
    private readonly live: LiveWindows,
    private readonly holds: HoldStore,
    private readonly registry: ClusterRegistry,
    private readonly clock: Clock,
  ) {}

  /** @param clusters with the workloads that would restart there */
  async of(
    sources: readonly SourceRef[],
    spec: ResolvedPolicy,
    clusters: readonly CandidateCluster[],
  ): Promise<Obstacles> {
    const now = this.clock.now();
    const parts = clusters.map(({ name, labels, workloads }) => ({ cluster: { name, labels }, workloads }));
    const [found, standing, drained] = await Promise.all([
      this.live.policies().then((policies) => this.live.of({ spec, sources }, parts, policies)),
      this.holds.standing(now),
      this.drained(clusters),
    ]);
    const windows = new Map(clusters.map(({ name }, n) => [name, found[n] ?? []]));
    const stops = new Map(
      clusters.map((cluster) => {
        const held = standing.filter((hold) => concerns(hold, heldPart(sources, spec, cluster)));
        return [cluster.name, [...(drained.has(cluster.name) ? [DRAINED] : []), ...heldStop(held, now)]] as const;
      }),
    );
    return {
      opens: (cluster, from) => {
        const begin = released(stops.get(cluster) ?? [], from);
        return begin === null ? null : opensFrom(windows.get(cluster) ?? [], begin);
      },
      warnings: clusters.flatMap(({ name: subject, labels }) =>
        [...(stops.get(subject) ?? []), ...clusterWarnings(windows.get(subject) ?? [], labels, now)].map(
          ({ code, detail }) => ({ code, detail, subject }),
        ),
      ),
    };
  }

  private async drained(clusters: readonly CandidateCluster[]): Promise<ReadonlySet<string>> {
    const records = await this.registry.many(clusters.map(({ name }) => name));
    return new Set(records.filter((record) => record.drained).map(({ name }) => name));
  }
}

const DRAINED: Stop = { code: 'DRAINED', detail: 'the cluster is drained: nothing starts there', until: null };

const heldPart = (
  sources: readonly SourceRef[],
  { name: policy }: ResolvedPolicy,
  { labels, workloads }: CandidateCluster,
): Parameters<typeof concerns>[1] => ({
  ...{ policy, sources, labels },
  namespaces: workloads.map(({ ref }) => ref.namespace),
});

function heldStop(holds: readonly HoldRecord[], now: Instant): readonly Stop[] {
  const wait = heldBy({ holds }, now);
  return wait === null ? [] : [{ code: 'HELD', detail: wait.message, until: wait.until }];
}

/** When the last of them is over, no sooner than `from`. */
const released = (stops: readonly Stop[], from: Instant): Instant | null =>
  stops.reduce<Instant | null>(
    (last, { until }) => (last === null || until === null ? null : Math.max(last, until)),
    from,
  );
