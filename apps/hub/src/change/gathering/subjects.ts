import { Injectable } from '@nestjs/common';
import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import type { SourceInCluster } from '../../fleet/core/candidates';
import { InventoryStore } from '../../fleet/inventory.store';
import type { UsersInCluster } from '../../fleet/known-users';
import type { CandidateCluster } from '../../plan/core/model';
import type { Cause } from '../../rollout/core/model';
import { groupFrom, groupKey, groupOf, type SourceGroup } from '../../rollout/core/source-group';
import { AbsentClusters } from './absent-clusters';
import type { Changing } from './core/changing';
import { GroupStore, sourceFromKey } from './group.store';
import type { Place } from '../core/place';

/** What a rollout is about: one source, or several that a policy gathers by a label. */
export type Subject = Readonly<{
  /** Of the source or the group. */
  key: string;
  group: SourceGroup | null;
  sources: readonly SourceRef[];
}>;

/** A subject as the fleet has it. */
export type Seen = Readonly<{
  /** Every cluster with a workload that waits for one of the sources. */
  changing: Changing;
  /** Names of the clusters that use one of the sources, sorted. */
  users: readonly string[];
}>;

type Labelled = Pick<SourceInCluster, 'source'>;

/** Looks up what changes as one. */
@Injectable()
export class Subjects {
  constructor(
    private readonly inventory: InventoryStore,
    private readonly groups: GroupStore,
    readonly absent: AbsentClusters,
  ) {}

  /** What a source that changed belongs to under the policy; a group is remembered to have it. */
  async keyOf({ name, coalesce }: ResolvedPolicy, source: string, { source: fact }: Labelled): Promise<string> {
    const group = groupOf(coalesce.label, fact?.labels);
    if (group === undefined) return source;
    const key = groupKey(group);
    await this.groups.join({ policy: name, source: key }, source);
    return key;
  }

  /** Undefined: the key is of neither a source nor a group. */
  async of(place: Place): Promise<Subject | undefined> {
    const { source: key } = place;
    const group = groupFrom(key);
    if (group !== undefined) return { key, group, sources: await this.groups.members(place) };
    const ref = sourceFromKey(key);
    return ref && { key, group: null, sources: [ref] };
  }

  /** The subject that a source belongs to in these clusters under the policy, whether or not it has changed. */
  async around(policy: ResolvedPolicy, source: SourceRef, there: readonly Labelled[]): Promise<Subject> {
    const [group] = there.flatMap(({ source: fact }) => groupOf(policy.coalesce.label, fact?.labels) ?? []);
    const alone = { key: objectKey(source), group: null, sources: [source] };
    if (group === undefined) return alone;
    const known = await this.of({ policy: policy.name, source: groupKey(group) });
    const others = (known?.sources ?? []).filter((each) => objectKey(each) !== alone.key);
    return { key: groupKey(group), group, sources: [source, ...others] };
  }

  async look({ group, sources }: Subject): Promise<Seen> {
    const keys = sources.map(objectKey);
    const [rows, users] = await Promise.all([
      Promise.all(keys.map((key) => this.inventory.candidates(key))),
      Promise.all(keys.map((key) => this.inventory.clustersUsing(key))),
    ]);
    const concerns = sources.map((source, n) => ({ source, clusters: (rows[n] ?? []).filter(isOf(group)) }));
    return { changing: { isGroup: group !== null, concerns }, users: [...new Set(users.flat())].sort() };
  }

  /** Clusters that use one of the sources and can not be asked now; what there is to restart is not known before they are back. */
  async away(
    { group, sources }: Subject,
    silent: readonly string[],
    takes: (source: SourceRef, cluster: UsersInCluster) => boolean,
  ): Promise<readonly CandidateCluster[]> {
    const found = await Promise.all(
      sources.map((source) => this.absent.planned(source, silent, (each) => isOf(group)(each) && takes(source, each))),
    );
    return group === null ? found.flat() : joined(found.flat());
  }
}

export const causeOf = ({ group, sources: [source] }: Subject): Pick<Cause, 'source' | 'group'> =>
  group === null ? { source: source ?? null } : { source: null, group };

/** A source may have another value of the label in another cluster: there it changes with others. */
const isOf =
  (group: SourceGroup | null) =>
  ({ source }: Labelled): boolean =>
    group === null || groupOf(group.label, source?.labels)?.value === group.value;

/** Each cluster once, with the workloads that use any of the sources. */
function joined(clusters: readonly CandidateCluster[]): readonly CandidateCluster[] {
  const byName = new Map<string, CandidateCluster>();
  for (const cluster of clusters) {
    const { workloads = [] } = byName.get(cluster.name) ?? {};
    const known = new Set(workloads.map(({ ref }) => objectKey(ref)));
    const more = cluster.workloads.filter(({ ref }) => !known.has(objectKey(ref)));
    byName.set(cluster.name, { ...cluster, from: null, workloads: [...workloads, ...more] });
  }
  return [...byName.values()];
}
