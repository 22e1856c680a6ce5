import { objectKey, type SourceRef, type WorkloadRef } from '@app/contracts/objects';
import { isPending, type WorkloadFact } from '@app/contracts/wire/facts';
import type { ClusterRecord } from '../../../fleet/core/cluster-record';
import { sourceOf } from '../../../fleet/core/causes';
import { candidateWorkload } from '../../../plan/core/candidate';
import type { CandidateCluster } from '../../../plan/core/model';

/** What a cluster of the fleet knows of the workloads that a person named. */
export type NamedInCluster = Readonly<{ registration: ClusterRecord; facts: readonly WorkloadFact[] }>;

export type Wish = Readonly<{
  /** Also what is current. */
  force: boolean;
  /** Only workloads that use it; null: no matter. */
  source: SourceRef | null;
}>;

/** Why nothing of what was named can be restarted; `reason` is a stable code. */
export type Nothing = Readonly<{ reason: 'WorkloadsUnknown' | 'NotOptedIn' | 'AlreadyCurrent'; message: string }>;

export type Chosen = Readonly<{ ok: true; clusters: readonly CandidateCluster[] } | ({ ok: false } & Nothing)>;

/** Of the named workloads, those that would restart: opted in, and pending unless they are forced. */
export function chooseWorkloads(named: readonly NamedInCluster[], wish: Wish): Chosen {
  const known = named.map(({ registration, facts }) => ({ registration, facts: facts.filter(using(wish.source)) }));
  const opted = known.map(({ registration, facts }) => ({ registration, facts: facts.filter(isOptedIn) }));
  const wanted = opted.map(({ registration, facts }) => ({
    registration,
    facts: wish.force ? facts : facts.filter(isPending),
  }));
  const clusters = wanted.filter(({ facts }) => facts.length > 0).map(candidate);
  if (clusters.length > 0) return { ok: true, clusters };
  return { ok: false, ...nothing(known, opted) };
}

/** Says which of the named workloads no cluster has: one of several may be mistyped. undefined: each is somewhere. */
export function missing(workloads: readonly WorkloadRef[], named: readonly NamedInCluster[]): Nothing | undefined {
  const known = new Set(named.flatMap(({ facts }) => facts.map(objectKey)));
  const unknown = workloads.map(objectKey).filter((key) => !known.has(key));
  if (unknown.length === 0 || known.size === 0) return undefined;
  const message = `no cluster that this concerns has reported ${unknown.join(', ')}`;
  return { reason: 'WorkloadsUnknown', message };
}

type Named = readonly Readonly<{ facts: readonly WorkloadFact[] }>[];

function nothing(known: Named, opted: Named): Nothing {
  if (known.every(({ facts }) => facts.length === 0)) {
    return { reason: 'WorkloadsUnknown', message: 'no cluster that this concerns has reported any of these workloads' };
  }
  if (opted.every(({ facts }) => facts.length === 0)) {
    return { reason: 'NotOptedIn', message: 'nothing opts these workloads in, so their agents restart none of them' };
  }
  return { reason: 'AlreadyCurrent', message: 'they run what they should already: only force restarts them again' };
}

const isOptedIn = (fact: WorkloadFact): boolean => fact.state !== 'Ignored' && fact.want !== null;

const using =
  (source: SourceRef | null) =>
  (fact: WorkloadFact): boolean =>
    source === null || fact.sources.some((used) => objectKey(sourceOf(fact, used)) === objectKey(source));

const candidate = ({ registration, facts }: NamedInCluster): CandidateCluster => ({
  name: registration.name,
  labels: registration.labels,
  from: null,
  to: null,
  workloads: facts.map(candidateWorkload),
});

/** What stands for a wish, in whatever order it names workloads and clusters. */
export const wishText = (
  workloads: readonly WorkloadRef[],
  clusters: readonly CandidateCluster[],
  { force, source }: Wish,
): string =>
  JSON.stringify([
    force,
    source === null ? '' : objectKey(source),
    [...new Set(workloads.map(objectKey))].sort(),
    clusters.map(({ name }) => name).sort(),
  ]);
