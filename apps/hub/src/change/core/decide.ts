import { objectKey, type SourceRef } from '@app/contracts/objects';
import { candidateWorkload, overrideIn } from '../../plan/core/candidate';
import type { CandidateCluster } from '../../plan/core/model';
import type { Rollout } from '../../rollout/core/model';
import { causesOf, type CauseOf } from '../../fleet/core/causes';
import type { PendingUser, SourceInCluster } from '../../fleet/core/candidates';

/**
 * What a source's change calls for, judged from the whole state and not from what arrived last, so that a repeat changes
 * nothing: `start` a rollout (in place of `supersedes`, when that one carries an older revision), let clusters `join` the
 * one under way, or nothing.
 */
export type Decision =
  | Readonly<{ type: 'nothing' }>
  | Readonly<{
      type: 'start';
      clusters: readonly CandidateCluster[];
      /** Names of those that told of what no rollout has taken in. */
      telling: readonly string[];
      supersedes: Rollout | null;
    }>
  | Readonly<{ type: 'join'; clusters: readonly CandidateCluster[]; rollout: Rollout }>;

/** `fresh`: no rollout has taken it in. `carried`: the active rollout has. `settled`: an earlier one has, however it ended. */
type Standing = 'fresh' | 'carried' | 'settled';
type Member = Readonly<{ workload: PendingUser; cause: CauseOf; standing: Standing }>;
type Concerned = Readonly<{ cluster: SourceInCluster; members: readonly Member[] }>;

/** @param clusters those that the policy owns for this source. `all`: what was settled before counts again (by hand). */
export function decideChange(
  source: SourceRef,
  clusters: readonly SourceInCluster[],
  active: Rollout | null,
  all = false,
): Decision {
  const concerned = clusters
    .map((cluster) => membersOf(cluster, source, active, all))
    .filter(({ members }) => members.length > 0);
  const fresh = concerned.filter(({ members }) => members.some(({ standing }) => standing === 'fresh'));
  if (fresh.length === 0) return { type: 'nothing' };
  const telling = fresh.map(({ cluster }) => cluster.cluster);
  if (!active) {
    return { type: 'start', clusters: fresh.map((item) => candidate(item, ['fresh'])), telling, supersedes: null };
  }
  if (fresh.some((item) => carriesOther(active, item))) {
    return {
      type: 'start',
      clusters: concerned.map((item) => candidate(item, ['fresh', 'carried'])),
      telling,
      supersedes: active,
    };
  }
  const joiners = fresh.filter(({ cluster }) => (active.targets.get(cluster.cluster)?.expected ?? null) === null);
  if (joiners.length === 0) return { type: 'nothing' };
  return { type: 'join', clusters: joiners.map((item) => candidate(item, ['fresh'])), rollout: active };
}

function membersOf(cluster: SourceInCluster, source: SourceRef, active: Rollout | null, all: boolean): Concerned {
  const key = objectKey(source);
  const members = cluster.workloads.flatMap((workload): Member[] => {
    const cause = causesOf(workload.fact).find((each) => each.key === key);
    const standing = cause && standingOf(workload, cause, active, all);
    return cause && standing && standing !== 'settled' ? [{ workload, cause, standing }] : [];
  });
  return { cluster, members };
}

function standingOf({ settled }: PendingUser, cause: CauseOf, active: Rollout | null, all: boolean): Standing {
  if (settled === null || settled.revision !== cause.to) return 'fresh';
  if (settled.rollout === active?.id) return 'carried';
  return all ? 'fresh' : 'settled';
}

/** The active rollout was made for another revision of the source in this cluster; null: it waits to hear of one. */
function carriesOther(active: Rollout, { cluster, members }: Concerned): boolean {
  const expected = active.targets.get(cluster.cluster)?.expected ?? null;
  return expected !== null && expected !== revisionNow(cluster, members);
}

/** The source's own fact is newer than what its users said of it when their facts were last written. */
const revisionNow = (cluster: SourceInCluster, members: readonly Member[]): string | null =>
  cluster.source?.revision ?? members[0]?.cause.to ?? null;

function candidate({ cluster, members }: Concerned, standings: readonly Standing[]): CandidateCluster {
  return {
    name: cluster.cluster,
    labels: cluster.registration?.labels ?? {},
    from: members[0]?.cause.from ?? null,
    to: revisionNow(cluster, members),
    ...overrideIn(cluster.source),
    workloads: members
      .filter(({ standing }) => standings.includes(standing))
      .map(({ workload }) => candidateWorkload(workload.fact)),
  };
}
