import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import { isPending, type UsedSource, type WorkloadFact } from '@app/contracts/wire/facts';

/** A source whose change made a workload pending: what the workload was started with, and what the source holds now. */
export type CauseOf = Readonly<{ source: SourceRef; key: string; from: Revision | null; to: Revision }>;

/**
 * The sources that make a workload pending; none for one that is not.
 * A revision that is not known before says less than one that is: such a source counts only when nothing else explains
 * why the workload is pending, so that no pending workload is left without a cause.
 */
export function causesOf(fact: WorkloadFact): readonly CauseOf[] {
  if (!isPending(fact)) return [];
  const differing = fact.sources.flatMap((used) => causeOf(fact, used));
  const known = differing.filter((cause) => cause.from !== null);
  return known.length > 0 ? known : differing;
}

function causeOf(fact: WorkloadFact, used: UsedSource): CauseOf[] {
  if (used.revision === null || used.revision === used.haveRevision) return [];
  const source = sourceOf(fact, used);
  return [{ source, key: objectKey(source), from: used.haveRevision, to: used.revision }];
}

/** A workload uses sources of its own namespace only. */
export const sourceOf = (
  fact: Pick<WorkloadFact, 'namespace'>,
  used: Pick<UsedSource, 'kind' | 'name'>,
): SourceRef => ({
  kind: used.kind,
  namespace: fact.namespace,
  name: used.name,
});
