import type { Labels, SourceRef, WorkloadKind } from '../objects';
import { matchesSelector } from '../selector';
import type { ResolvedPolicy } from './resolved';

type Match = ResolvedPolicy['match'];
export type MatchedSource = Readonly<{ ref: SourceRef; labels: Labels }>;

/** Whether a policy is for this source; `sources` null: for every one. */
export const matchesSource = (sources: Match['sources'], { ref, labels }: MatchedSource): boolean =>
  sources === null ||
  sources.some(
    (rule) =>
      (!rule.kinds || rule.kinds.includes(ref.kind)) &&
      (!rule.namespaces || rule.namespaces.includes(ref.namespace)) &&
      (!rule.names || rule.names.includes(ref.name)) &&
      (!rule.labels || matchesSelector(rule.labels, labels)),
  );

/** Whether a policy is for this workload; `workloads` null: for every one. */
export const matchesWorkload = (workloads: Match['workloads'], kind: WorkloadKind, labels: Labels): boolean =>
  workloads === null ||
  ((!workloads.kinds || workloads.kinds.includes(kind)) &&
    (!workloads.labels || matchesSelector(workloads.labels, labels)));
