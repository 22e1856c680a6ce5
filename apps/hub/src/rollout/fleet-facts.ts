import { Injectable } from '@nestjs/common';
import { objectKey } from '@app/contracts/objects';
import { isTerminalTarget } from '@app/contracts/phases';
import { type WorkloadFact, workloadFact } from '@app/contracts/wire/facts';
import { type ClusterRecord, clusterRecord } from '../fleet/core/cluster-record';
import { presence } from '../fleet/core/presence';
import { factFrom } from '../fleet/core/stored-fact';
import { HoldStore } from '../holds/hold.store';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { sourcesOf } from './core/cause';
import { type Carried, clusterNow, type Place } from './core/cluster-now';
import type { FleetNow } from './core/fleet-now';
import type { Instant, Rollout, Target } from './core/model';
import type { Part } from './live-windows';
import { LiveGuards } from './live-guards';
import { runsIn } from './workload-runs';
import { toldSessions } from './told-sessions';
import { underWay } from './under-way';

/** Reads the live facts that a rollout is judged by. */
@Injectable()
export class FleetFacts {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly holds: HoldStore,
    private readonly guards: LiveGuards,
  ) {}

  /**
   * Facts of every cluster that the rollout may still do something in, and of those that are about to join it.
   * One round trip.
   */
  of(rollout: Asked, at: Instant, joiners: readonly Target[] = []): Promise<FleetNow> {
    const watched = watchedWaves(rollout);
    const targets = [...rollout.targets.all(), ...joiners];
    return this.read(
      rollout,
      targets.filter((target) => mayMove(target) || watched.has(target.wave)),
      at,
    );
  }

  /** The same of these clusters only. */
  ofSome(rollout: Asked, at: Instant, clusters: ReadonlySet<string>): Promise<FleetNow> {
    const targets = [...clusters].flatMap((cluster) => rollout.targets.get(cluster) ?? []);
    return this.read(rollout, targets.filter(mayMove), at);
  }

  /** Of one cluster, of which these facts are about to be stored. */
  told(asking: Asking, cluster: string, workloads: readonly WorkloadFact[], at: Instant): Promise<FleetNow> {
    return this.read(asking, [{ cluster, restarts: workloads.map((workload) => ({ workload })) }], at, workloads);
  }

  private async read(
    rollout: Asking,
    targets: readonly Place[],
    at: Instant,
    told?: readonly WorkloadFact[],
  ): Promise<FleetNow> {
    const [clusters, ahead] = await Promise.all([this.clusters(rollout, targets, at, told), this.ahead(rollout)]);
    return { clusters, ...(ahead && { ahead }) };
  }

  /** Asked for as long as it matters, which is until the rollout has begun. */
  private ahead({ spec, startedAt = null }: Asking): Promise<FleetNow['ahead']> {
    const { policiesBefore = [] } = spec;
    if (policiesBefore.length === 0 || startedAt !== null) return Promise.resolve(undefined);
    return underWay(this.redis, this.keys, policiesBefore);
  }

  private async clusters(
    rollout: Asking,
    targets: readonly Place[],
    at: Instant,
    told?: readonly WorkloadFact[],
  ): Promise<FleetNow['clusters']> {
    const names = targets.map((target) => target.cluster);
    if (names.length === 0) return {};
    const [holds, policies, sessions, runs, records, presences, ...workloads] = await Promise.all([
      this.holds.standing(at),
      this.guards.policies(),
      toldSessions(
        this.redis,
        this.keys,
        targets.filter(isAwaited).map(({ cluster }) => cluster),
      ),
      runsIn(this.redis, this.keys, targets),
      this.redis.hmget(this.keys.clusters(), ...names),
      this.redis.hmget(this.keys.presence(), ...names),
      ...targets.map(({ cluster, restarts }) =>
        told
          ? Promise.resolve(told)
          : this.workloads(
              cluster,
              restarts.map(({ workload }) => objectKey(workload)),
            ),
      ),
    ]);
    const known = targets.map((_, n) => factFrom(clusterRecord, records[n] ?? null));
    const parts = targets.map(({ cluster }, n) => partOf(cluster, known[n], workloads[n] ?? []));
    const guarded = { spec: rollout.spec, sources: sourcesOf(rollout.cause) };
    const guards = await this.guards.of(guarded, parts, policies);
    const clusters = targets.map((target, n) => {
      const facts = {
        record: known[n],
        seen: factFrom(presence, presences[n] ?? null),
        toldSession: sessions.get(target.cluster),
        ...{ workloads: workloads[n] ?? [], runs: runs[n], holds },
      };
      return [target.cluster, { ...clusterNow(rollout, target, facts, at), windows: [], ...guards[n] }] as const;
    });
    return Object.fromEntries(clusters);
  }

  private async workloads(cluster: string, keys: readonly string[]): Promise<readonly WorkloadFact[]> {
    if (keys.length === 0) return [];
    const texts = await this.redis.hmget(this.keys.workloads(cluster), ...keys);
    return texts.flatMap((text) => factFrom(workloadFact, text) ?? []);
  }
}

type Asking = Carried & Pick<Rollout, 'spec'> & Readonly<{ startedAt?: Instant | null }>;

type Asked = Pick<Rollout, 'targets' | 'waves' | 'cause' | 'policy' | 'spec' | 'startedAt'>;

/** Waves that soak under a policy that wants to know how their workloads fare. */
const watchedWaves = ({ waves, spec }: Asked): ReadonlySet<string> =>
  spec.waves.some(({ onRegression }) => onRegression !== undefined)
    ? new Set(waves.filter(({ phase }) => phase === 'Soaking').map(({ name }) => name))
    : NO_WAVES;
const NO_WAVES: ReadonlySet<string> = new Set();

/** What there is to do in the cluster is known only by what it tells once it is back. */
const isAwaited = ({ expected }: Place): boolean => expected === null;

const partOf = (name: string, record: ClusterRecord | undefined, workloads: readonly WorkloadFact[]): Part => ({
  cluster: { name, labels: record?.labels ?? {} },
  workloads: workloads.map(({ kind, namespace, name: own, labels }) => ({
    ref: { kind, namespace, name: own },
    labels,
  })),
});

/** A failed target may be retried, and then is judged at once. */
const mayMove = ({ phase }: Target): boolean => phase === 'Failed' || !isTerminalTarget(phase);
