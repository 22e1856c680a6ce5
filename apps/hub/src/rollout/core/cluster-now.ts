import { type Labels, objectKey, type WorkloadRef } from '@app/contracts/objects';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import { type ClusterRecord, SUSPECT_AFTER_MS } from '../../fleet/core/cluster-record';
import type { Presence } from '../../fleet/core/presence';
import { concerns, type HoldRecord } from '../../holds/core/hold';
import { sourcesOf } from './cause';
import type { ClusterNow, WorkloadNow } from './fleet-now';
import type { Cause, Instant, Rollout, Target } from './model';
import { type Sight, sightOf } from './sight';

/** What a rollout carries, and under which policy. */
export type Carried = Pick<Rollout, 'policy'> & Readonly<{ cause: Pick<Cause, 'source' | 'group' | 'revisions'> }>;

/** Workloads of a cluster that may be restarted. */
export type Place = Readonly<{
  cluster: string;
  restarts: readonly Readonly<{ workload: WorkloadRef }>[];
  expected?: Target['expected'];
}>;

/** What is stored of a cluster; `record` undefined: it is not registered, `seen`: it never had a session. */
export type StoredFacts = Readonly<{
  record: ClusterRecord | undefined;
  seen: Presence | undefined;
  /** The session in which its agent has told everything; undefined: it has not in any. */
  toldSession: number | undefined;
  /** Of the place. */
  workloads: readonly WorkloadFact[];
  /** By workload: which rollout restarts it now, and which did last. */
  runs: ReadonlyMap<string, Pick<WorkloadNow, 'lockedBy' | 'ran'>> | undefined;
  /** All that stand now. */
  holds: readonly HoldRecord[];
}>;

/** One cluster as a rollout sees it now, but for windows and limits. */
export function clusterNow(
  carried: Carried,
  place: Place,
  { record, seen, toldSession, workloads, runs, holds }: StoredFacts,
  at: Instant,
): Omit<ClusterNow, 'windows' | 'limits'> {
  const sees = sightOf(carried.cause, workloads, place.expected ?? null);
  const told = workloads.map((fact) => {
    const key = objectKey(fact);
    return [key, { ...workloadNow(fact, sees(fact)), ...runs?.get(key) }] as const;
  });
  return {
    ...connectionNow(record, seen, at),
    ...recorded(record),
    toldAt: toldIn(seen, toldSession),
    holds: holds.filter(holdsOf(carried, place, record?.labels ?? {})),
    workloads: Object.fromEntries(told),
  };
}

function connectionNow(
  record: ClusterRecord | undefined,
  seen: Presence | undefined,
  at: Instant,
): Pick<ClusterNow, 'connection' | 'offlineSince'> {
  const offlineSince = silentSince(seen, at);
  if (record === undefined || record.state === 'Revoked') return { connection: 'left', offlineSince };
  return { connection: offlineSince === null ? 'online' : 'offline', offlineSince };
}

const recorded = (record: ClusterRecord | undefined): Pick<ClusterNow, 'drained' | 'proto' | 'claimedAt'> => ({
  drained: record?.drained ?? false,
  ...(record?.proto !== undefined && { proto: record.proto }),
  ...(record?.claimedAt !== undefined && { claimedAt: record.claimedAt }),
});

/** A replica that died took its sessions along without a word: silence tells it. */
function silentSince(seen: Presence | undefined, at: Instant): Instant | null {
  if (!seen) return 0;
  if (seen.connection === 'offline') return seen.since;
  return at - seen.lastSeen > SUSPECT_AFTER_MS ? seen.lastSeen : null;
}

/** When the agent last said something in the session in which it has told everything; null: in this one it has not. */
const toldIn = (seen: Presence | undefined, session: number | undefined): Instant | null =>
  seen !== undefined && seen.sessionEpoch === session ? seen.lastSeen : null;

/** The holds that concern a target, in a cluster with these labels. */
function holdsOf({ policy, cause }: Carried, { restarts }: Place, labels: Labels): (hold: HoldRecord) => boolean {
  const namespaces = restarts.map(({ workload }) => workload.namespace);
  const held = { policy: policy.name, sources: sourcesOf(cause), namespaces, labels };
  return (hold) => concerns(hold, held);
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
