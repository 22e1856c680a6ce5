import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import { candidateWorkload, overrideIn } from '../../../plan/core/candidate';
import type { CandidateCluster } from '../../../plan/core/model';
import { movesAlong } from '../../../rollout/core/catch-up';
import { sourcesOf } from '../../../rollout/core/cause';
import type { Rollout } from '../../../rollout/core/model';
import { isSeen, revisionsFrom, revisionsText } from '../../../rollout/core/source-group';
import type { Changing } from '../../gathering/core/changing';
import { causesOf, type CauseOf } from '../../../fleet/core/causes';
import type { PendingUser, SourceInCluster } from '../../../fleet/core/candidates';

/**
 * What a change calls for, judged from the whole state and not from what arrived last, so that a repeat changes
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
/** One source in one cluster, with the workloads there that wait for it. */
type Part = Readonly<{ source: SourceRef; cluster: SourceInCluster; members: readonly Member[] }>;
type Concerned = Readonly<{ name: string; parts: readonly Part[] }>;

/** @param all what was settled before counts again (by hand). */
export function decideChange(changing: Changing, active: Rollout | null, all = false): Decision {
  const { isGroup } = changing;
  const concerned = concernedBy(changing, active, all);
  const fresh = concerned.filter((item) => stands(item, ['fresh']).length > 0);
  if (fresh.length === 0) return { type: 'nothing' };
  const telling = fresh.map(({ name }) => name);
  const only = (items: readonly Concerned[], standings: readonly Standing[]) =>
    items.map((item) => candidate(item, standings, isGroup));
  if (!active) return { type: 'start', clusters: only(fresh, ['fresh']), telling, supersedes: null };
  const along = new Set(fresh.filter((item) => goesAlong(active, item)));
  if (fresh.some((item) => carriesOther(active, item) && !along.has(item))) {
    return { type: 'start', clusters: only(concerned, ['fresh', 'carried']), telling, supersedes: active };
  }
  const joiners = fresh.filter(({ name }) => expectedIn(active, name) === null);
  if (joiners.length + along.size === 0) return { type: 'nothing' };
  const clusters = [...only(joiners, ['fresh']), ...only([...along], ['fresh', 'carried'])];
  return { type: 'join', clusters, rollout: active };
}

/** By cluster, in the order of their names. */
function concernedBy({ concerns }: Changing, active: Rollout | null, all: boolean): readonly Concerned[] {
  const parts = new Map<string, Part[]>();
  for (const { source, clusters } of concerns) {
    for (const cluster of clusters) {
      const members = membersOf(cluster, source, active, all);
      if (members.length === 0) continue;
      parts.set(cluster.cluster, [...(parts.get(cluster.cluster) ?? []), { source, cluster, members }]);
    }
  }
  return [...parts].map(([name, there]) => ({ name, parts: there })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function membersOf(
  cluster: SourceInCluster,
  source: SourceRef,
  active: Rollout | null,
  all: boolean,
): readonly Member[] {
  const key = objectKey(source);
  return cluster.workloads.flatMap((workload): Member[] => {
    const cause = causesOf(workload.fact).find((each) => each.key === key);
    const standing = cause && standingOf(workload, cause, active, all);
    return cause && standing && standing !== 'settled' ? [{ workload, cause, standing }] : [];
  });
}

function standingOf({ settled }: PendingUser, cause: CauseOf, active: Rollout | null, all: boolean): Standing {
  if (settled === null || settled.revision !== cause.to) return 'fresh';
  if (settled.rollout === active?.id) return 'carried';
  return all ? 'fresh' : 'settled';
}

/** The parts with members of these standings, and only those members. */
const stands = ({ parts }: Concerned, standings: readonly Standing[]): readonly Part[] =>
  parts.flatMap((part) => {
    const members = part.members.filter(({ standing }) => standings.includes(standing));
    return members.length === 0 ? [] : [{ ...part, members }];
  });

const expectedIn = (active: Rollout, cluster: string): Revision | null => active.targets.get(cluster)?.expected ?? null;

/** The active rollout was made for another revision in this cluster, or for other sources. */
function carriesOther(active: Rollout, item: Concerned): boolean {
  const expected = expectedIn(active, item.name);
  const now = new Map(item.parts.map((part) => [objectKey(part.source), revisionNow(part) ?? '']));
  if (active.cause.group === undefined) return expected !== null && [...now.values()].some((each) => each !== expected);
  if (expected !== null) return !isSeen(now, revisionsFrom(expected));
  const carried = new Set(sourcesOf(active.cause).map(objectKey));
  return ![...now.keys()].every((source) => carried.has(source));
}

/** It carries that as well, and has not begun with the older one there. */
const goesAlong = (active: Rollout, { name, parts: [part] }: Concerned): boolean =>
  part !== undefined && movesAlong(active, name, revisionNow(part));

/** The source's own fact is newer than what its users said of it when their facts were last written. */
const revisionNow = ({ cluster, members }: Part): Revision | null =>
  cluster.source?.revision ?? members[0]?.cause.to ?? null;

function candidate(item: Concerned, standings: readonly Standing[], isGroup: boolean): CandidateCluster {
  const { registration } = item.parts[0]?.cluster ?? { registration: null };
  const parts = stands(item, standings);
  const workloads = parts.flatMap(({ members }) => members.map(({ workload }) => candidateWorkload(workload.fact)));
  return {
    name: item.name,
    labels: registration?.labels ?? {},
    ...(isGroup ? movedTogether(parts) : moved(item.parts[0])),
    ...item.parts.map(({ cluster }) => overrideIn(cluster.source)).find(({ override }) => override !== undefined),
    workloads: [...new Map(workloads.map((each) => [objectKey(each.ref), each])).values()],
  };
}

type Moved = Pick<CandidateCluster, 'from' | 'to' | 'sources'>;

const moved = (part: Part | undefined): Moved => ({
  from: part?.members[0]?.cause.from ?? null,
  to: part === undefined ? null : revisionNow(part),
});

function movedTogether(parts: readonly Part[]): Moved {
  const sources = parts.map((part) => ({ source: part.source, ...moved(part) }));
  const text = (which: 'from' | 'to'): string =>
    revisionsText(
      new Map(sources.flatMap(({ source, [which]: at }) => (at === null ? [] : [[objectKey(source), at]]))),
    );
  return { from: text('from') || null, to: text('to') || null, sources };
}
