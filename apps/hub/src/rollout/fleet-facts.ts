import { Injectable } from '@nestjs/common';
import { type Labels, objectKey, type WorkloadRef } from '@app/contracts/objects';
import { isTerminalTarget } from '@app/contracts/phases';
import { type WorkloadFact, workloadFact } from '@app/contracts/wire/facts';
import { type ClusterRecord, clusterRecord, SUSPECT_AFTER_MS } from '../fleet/core/cluster-record';
import { type Presence, presence } from '../fleet/core/presence';
import { factFrom } from '../fleet/core/stored-fact';
import { concerns, type HoldRecord } from '../holds/core/hold';
import { HoldStore } from '../holds/hold.store';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { sourcesOf } from './core/cause';
import type { ClusterNow, FleetNow, WorkloadNow } from './core/fleet-now';
import type { Cause, Instant, Rollout, Target } from './core/model';
import { type Sight, sightOf } from './core/sight';
import type { Part } from './live-windows';
import { LiveGuards } from './live-guards';
import { runsIn } from './runs';
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
      const [record, own] = [known[n], runs[n]];
      const seen = factFrom(presence, presences[n] ?? null);
      const there = workloads[n] ?? [];
      const sees = sightOf(rollout.cause, there, target.expected ?? null);
      const facts = there.map((fact) => {
        const key = objectKey(fact);
        return [key, { ...workloadNow(fact, sees(fact)), ...own?.get(key) }] as const;
      });
      const now = clusterNow(record, seen, Object.fromEntries(facts), at);
      const toldAt = toldIn(seen, sessions.get(target.cluster));
      const concerning = holds.filter(holdsOf(rollout, target, record?.labels ?? {}));
      return [target.cluster, { ...now, toldAt, holds: concerning, windows: [], ...guards[n] }] as const;
    });
    return Object.fromEntries(clusters);
  }

  private async workloads(cluster: string, keys: readonly string[]): Promise<readonly WorkloadFact[]> {
    if (keys.length === 0) return [];
    const texts = await this.redis.hmget(this.keys.workloads(cluster), ...keys);
    return texts.flatMap((text) => factFrom(workloadFact, text) ?? []);
  }
}

type Asking = Pick<Rollout, 'policy' | 'spec'> &
  Readonly<{ cause: Pick<Cause, 'source' | 'group' | 'revisions'>; startedAt?: Instant | null }>;

type Asked = Pick<Rollout, 'targets' | 'waves' | 'cause' | 'policy' | 'spec' | 'startedAt'>;

/** Waves that soak under a policy that wants to know how their workloads fare. */
const watchedWaves = ({ waves, spec }: Asked): ReadonlySet<string> =>
  spec.waves.some(({ onRegression }) => onRegression !== undefined)
    ? new Set(waves.filter(({ phase }) => phase === 'Soaking').map(({ name }) => name))
    : NO_WAVES;
const NO_WAVES: ReadonlySet<string> = new Set();

/** Workloads of a cluster that may be restarted. */
type Place = Readonly<{
  cluster: string;
  restarts: readonly Readonly<{ workload: WorkloadRef }>[];
  expected?: Target['expected'];
}>;

/** When the agent last said something in the session in which it has told everything; null: in this one it has not. */
const toldIn = (seen: Presence | undefined, session: number | undefined): Instant | null =>
  seen !== undefined && seen.sessionEpoch === session ? seen.lastSeen : null;

/** What there is to do in the cluster is known only by what it tells once it is back. */
const isAwaited = ({ expected }: Place): boolean => expected === null;

const partOf = (name: string, record: ClusterRecord | undefined, workloads: readonly WorkloadFact[]): Part => ({
  cluster: { name, labels: record?.labels ?? {} },
  workloads: workloads.map(({ kind, namespace, name: own, labels }) => ({
    ref: { kind, namespace, name: own },
    labels,
  })),
});

/** The holds that concern a target, in a cluster with these labels. */
function holdsOf({ policy, cause }: Asking, { restarts }: Place, labels: Labels): (hold: HoldRecord) => boolean {
  const namespaces = restarts.map(({ workload }) => workload.namespace);
  const held = { policy: policy.name, sources: sourcesOf(cause), namespaces, labels };
  return (hold) => concerns(hold, held);
}

/** A failed target may be retried, and then is judged at once. */
const mayMove = ({ phase }: Target): boolean => phase === 'Failed' || !isTerminalTarget(phase);

function clusterNow(
  record: ClusterRecord | undefined,
  seen: Presence | undefined,
  workloads: ClusterNow['workloads'],
  at: Instant,
): Omit<ClusterNow, 'holds' | 'windows' | 'toldAt'> {
  const offlineSince = silentSince(seen, at);
  const gone = record === undefined || record.state === 'Revoked';
  return {
    connection: gone ? 'left' : offlineSince === null ? 'online' : 'offline',
    offlineSince,
    drained: record?.drained ?? false,
    ...(record?.proto !== undefined && { proto: record.proto }),
    ...(record?.claimedAt !== undefined && { claimedAt: record.claimedAt }),
    workloads,
  };
}

/** A replica that died took its sessions along without a word: silence tells it. */
function silentSince(seen: Presence | undefined, at: Instant): Instant | null {
  if (!seen) return 0;
  if (seen.connection === 'offline') return seen.since;
  return at - seen.lastSeen > SUSPECT_AFTER_MS ? seen.lastSeen : null;
}

function workloadNow(fact: WorkloadFact, { source, had }: Sight): WorkloadNow {
  const { uid, want, have } = fact;
  const { desired: pods, ready } = fact.pods;
  const [ignored, unready] = [fact.state === 'Ignored', isUnready(fact)];
  const serves = unready && fact.state !== 'Failed' ? { ready } : {};
  return { uid, ignored, want, have, source, had, unready, ...serves, pods };
}

/** Not all of its pods serve, or its last restart failed. */
export const isUnready = ({ state, pods }: WorkloadFact): boolean => state === 'Failed' || pods.ready < pods.desired;
