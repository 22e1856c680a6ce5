import type { Labels, SourceRef, WorkloadKind } from '@app/contracts/objects';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import type { SourceFact, WorkloadAnnotations, WorkloadFact } from '@app/contracts/wire/facts';
import type { SourceInCluster } from '../../../fleet/core/candidates';
import type { ClusterRecord } from '../../../fleet/core/cluster-record';
import { takesWorkload } from '../../../plan/core/plan';
import { firstFor, matchingPolicies } from '../../../policy/core/match';

type Versioned = Readonly<{ policy: ResolvedPolicy }>;

/** A source as one cluster has it. */
export type SourceThere = Readonly<{ ref: SourceRef; fact: SourceFact | null; registration: ClusterRecord | null }>;

/** A workload that may have a policy of its own choice. */
export type Chooser = Readonly<{ kind: WorkloadKind; labels: Labels; annotations?: WorkloadAnnotations | undefined }>;

/**
 * The policy that owns a source in a cluster, for one of the workloads there that use it; undefined when none does, or the
 * cluster is not of the fleet (yet, or any more). Of the policies that match, the workload's annotation chooses before the
 * source's, and that before the policies' own precedence. A choice that would leave the workload alone does not count.
 */
export function ownerOf<P extends Versioned>(
  policies: readonly P[],
  there: SourceThere,
  workload?: Chooser,
): P | undefined {
  const matching = matchingIn(policies, there);
  const takes = ({ policy }: P): boolean => !workload || takesWorkload(policy, workload.kind, workload.labels);
  const chosen = choicesOf(there, workload).flatMap((name) => named(matching, name) ?? []);
  return chosen.find(takes) ?? matching[0];
}

/**
 * The policy that is for the source and leaves the cluster out, where no other takes it: it is the one to say that nobody
 * carries the change. Undefined when somebody does, when it is to be left alone, or the cluster is not of the fleet.
 */
export function passesBy<P extends Versioned>(policies: readonly P[], there: SourceThere): P | undefined {
  if (there.registration?.state !== 'Approved' || matchingIn(policies, there).length > 0) return undefined;
  const first = firstFor(policies, { ref: there.ref, labels: there.fact?.labels ?? {} });
  return first?.policy.start === 'off' ? undefined : first;
}

/** The clusters of the fleet, where no policy takes the source in any of them; empty when one does. */
export function takenNowhere(
  policies: readonly Versioned[],
  ref: SourceRef,
  clusters: readonly SourceInCluster[],
): readonly SourceInCluster[] {
  const ours = clusters.filter(({ registration }) => registration?.state === 'Approved');
  const isPassedBy = ({ source, registration }: SourceInCluster): boolean =>
    passesBy(policies, { ref, fact: source, registration }) !== undefined;
  return ours.every(isPassedBy) ? ours : [];
}

/** Every policy that may own the source there, for workloads that choose these. */
export function possibleOwners<P extends Versioned>(
  policies: readonly P[],
  there: SourceThere,
  choices: readonly string[],
): readonly P[] {
  const matching = matchingIn(policies, there);
  const chosen = [...choicesOf(there), ...choices].flatMap((name) => named(matching, name) ?? []);
  return [...new Set([...matching.slice(0, 1), ...chosen])];
}

/** The policies that own the source there, for one or the other of these workloads. */
export const ownersAmong = <P extends Versioned>(
  policies: readonly P[],
  there: SourceThere,
  workloads: readonly Chooser[],
): readonly P[] => {
  const ownerFor = ownersThere(policies, there);
  return [...new Set(workloads.flatMap((workload) => ownerFor(workload) ?? []))];
};

/** The choice of a workload that is not followed: no policy of that name is enabled, matches and takes the workload. */
export function choiceNotFollowed(
  policies: readonly Versioned[],
  there: SourceThere,
  workload: Chooser,
): string | undefined {
  const [choice] = choicesOf(there, workload);
  return choice === undefined || ownerOf(policies, there, workload)?.policy.name === choice ? undefined : choice;
}

/** Whether the policy owns the source in the cluster, for some workload at least. */
export const isOwned = (
  policies: readonly Versioned[],
  name: string,
  ref: SourceRef,
  { source, registration, workloads }: OfUsers,
): boolean => workloads.some(ownedThere(policies, name, { ref, fact: source, registration }));

type OfUsers = Pick<SourceInCluster, 'source' | 'registration'> & Readonly<{ workloads: readonly WorkloadFact[] }>;

/** Of the clusters, those in which the policy owns the source, with the workloads for which it does. */
export const ownedBy = (
  policies: readonly Versioned[],
  name: string,
  ref: SourceRef,
  clusters: readonly SourceInCluster[],
): readonly SourceInCluster[] =>
  clusters.flatMap((cluster) => {
    const isOwn = ownedThere(policies, name, { ref, fact: cluster.source, registration: cluster.registration });
    const workloads = cluster.workloads.filter(({ fact }) => isOwn(fact));
    if (workloads.length === cluster.workloads.length) return [cluster];
    return workloads.length === 0 ? [] : [{ ...cluster, workloads }];
  });

const ownedThere = (
  policies: readonly Versioned[],
  name: string,
  there: SourceThere,
): ((workload: Chooser) => boolean) => {
  const ownerFor = ownersThere(policies, there);
  return (workload) => ownerFor(workload)?.policy.name === name;
};

/** Nearly always nobody has chosen, and one look at the policies is enough for all workloads of a cluster. */
function ownersThere<P extends Versioned>(
  policies: readonly P[],
  there: SourceThere,
): (workload: Chooser) => P | undefined {
  const usual = ownerOf(policies, there);
  return (workload) => (choicesOf(there, workload).length === 0 ? usual : ownerOf(policies, there, workload));
}

const choicesOf = ({ fact }: SourceThere, workload?: Chooser): readonly string[] =>
  [workload?.annotations?.policy, fact?.annotations?.policy].filter((name) => name !== undefined);

const named = <P extends Versioned>(policies: readonly P[], name: string): P | undefined =>
  policies.find(({ policy }) => policy.name === name);

function matchingIn<P extends Versioned>(
  policies: readonly P[],
  { ref, fact, registration }: SourceThere,
): readonly P[] {
  if (registration?.state !== 'Approved') return [];
  return matchingPolicies(policies, { ref, labels: fact?.labels ?? {} }, registration);
}
