import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { Cause } from './model';
import { groupKey, revisionsFrom } from './source-group';

type Of<K extends keyof Cause> = Pick<Cause, K>;

/**
 * What a rollout is about, as a key: of a source, of a group of them, or what stands for workloads that a person named. Of
 * all rollouts of the same subject under one policy at most one is active.
 */
export function subjectOf({ source, group, asked }: Of<'source' | 'group' | 'asked'>): string {
  if (group !== undefined) return groupKey(group);
  return source === null ? `workloads/${asked?.digest ?? ''}` : objectKey(source);
}

/** Workloads that a person named are its cause, and no source. */
export const isAsked = ({ source, group }: Of<'source' | 'group'>): boolean => source === null && group === undefined;

/** Its restarts happen although nothing new is to be brought. */
export const isForced = ({ cause }: Readonly<{ cause: Of<'asked'> }>): boolean => cause.asked?.force === true;

/** The sources whose changes it carries, each once. */
export function sourcesOf({ source, revisions }: Of<'source' | 'revisions'>): readonly SourceRef[] {
  if (source !== null) return [source];
  const named = revisions.flatMap((entry) => entry.source ?? []);
  return [...new Map(named.map((ref) => [objectKey(ref), ref])).values()];
}

/** Whether what a workload sees there is still, at least in part, what the cluster had before the change, and nothing else. */
export function isAsBefore(cause: Of<'group' | 'revisions'>, { cluster, expected }: Place, seen: Revision): boolean {
  const there = cause.revisions.filter((entry) => entry.cluster === cluster);
  if (cause.group === undefined) return seen === there[0]?.from;
  const before = new Map(there.map(({ source, from }) => [source && objectKey(source), from]));
  const now = revisionsFrom(expected ?? '');
  return [...revisionsFrom(seen)].every(([source, revision]) =>
    [now, before].some((at) => at.get(source) === revision),
  );
}

type Place = Readonly<{ cluster: string; expected: Revision | null }>;

/** What a target with this expected revision brings: revisions by the keys of their sources. */
export function broughtBy(
  { source, group }: Of<'source' | 'group'>,
  expected: Revision,
): ReadonlyMap<string, Revision> {
  if (source !== null) return new Map([[objectKey(source), expected]]);
  return group === undefined ? new Map() : revisionsFrom(expected);
}
