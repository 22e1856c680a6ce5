import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { Report } from '@app/contracts/wire/agent-messages';
import { isPending, type SourceFact, type WorkloadFact } from '@app/contracts/wire/facts';
import type { SourceInCluster } from '../../../fleet/core/candidates';
import { causesOf } from '../../../fleet/core/causes';

/** One source's change, and the workloads of a frame that it made pending. */
export type SingleCause = Readonly<{
  source: SourceRef;
  key: string;
  /** As the frame tells it; null: it does not. */
  fact: SourceFact | null;
  workloads: readonly WorkloadFact[];
}>;

/** What a frame tells if all that is pending in it is so for the same source, and has the same owner; else undefined. */
export function singleCause({ sources, workloads }: Report): SingleCause | undefined {
  const pending = workloads.filter(isPending);
  const [cause, ...others] = [...new Map(pending.flatMap(causesOf).map((each) => [each.key, each])).values()];
  if (!cause || others.length > 0 || pending.some(hasChosen)) return undefined;
  const fact = sources.find((each) => objectKey(each) === cause.key) ?? null;
  return { source: cause.source, key: cause.key, fact, workloads: pending };
}

const hasChosen = ({ annotations }: WorkloadFact): boolean => annotations?.policy !== undefined;

/**
 * The cluster as it is once the frame is stored.
 * @param stored every cluster with a pending workload that uses the source. Undefined when the frame is not all there is to it.
 */
export function onceStored(
  { key, fact, workloads }: SingleCause,
  here: Omit<SourceInCluster, 'workloads'>,
  stored: readonly SourceInCluster[],
): SourceInCluster | undefined {
  if (stored.some(({ cluster }) => cluster !== here.cluster)) return undefined;
  const before = new Map(stored.flatMap((row) => row.workloads.map((user) => [objectKey(user.fact), user] as const)));
  const told = workloads.map((workload) => {
    const settled = before.get(objectKey(workload))?.settled ?? null;
    const to = causesOf(workload).find((cause) => cause.key === key)?.to;
    return { fact: workload, settled: settled?.revision === to ? settled : null };
  });
  const all = new Set(workloads.map(objectKey));
  return [...before.keys()].every((workload) => all.has(workload))
    ? { ...here, source: fact ?? here.source, workloads: told }
    : undefined;
}
