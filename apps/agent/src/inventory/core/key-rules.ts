import { matchesSource, matchesWorkload } from '@app/contracts/policy/matches';
import type { KeyRule } from '@app/contracts/wire/hub-messages';
import type { SourceRecord, WorkloadRecord } from './records';

/** In order of precedence; null: the hub has yet to tell them. */
export type KeyRules = readonly KeyRule[] | null;

type Workload = Pick<WorkloadRecord, 'ref' | 'labels' | 'asked'>;
type Source = Pick<SourceRecord, 'ref' | 'labels' | 'asked'>;

const NONE: readonly string[] = [];

/**
 * The patterns of keys that do not count of a source for a workload: those of the policy that carries its changes to it,
 * found as the hub finds it.
 */
export function ignoredKeys(rules: readonly KeyRule[], workload: Workload, source: Source): readonly string[] {
  const matching = rules.filter((rule) => matchesSource(rule.sources, source));
  const choices = [workload.asked?.policy, source.asked?.policy].filter((name) => name !== undefined);
  const chosen = choices.flatMap((name) => matching.find(({ policy }) => policy === name) ?? []);
  const takes = ({ workloads }: KeyRule): boolean => matchesWorkload(workloads, workload.ref.kind, workload.labels);
  return (chosen.find(takes) ?? matching[0])?.ignoreKeys ?? NONE;
}

/** Whether the same rule is for both versions of a source, whichever rules there are. */
export const isRuledAlike = (one: Source | undefined, other: Source): boolean =>
  one?.asked?.policy === other.asked?.policy && JSON.stringify(one?.labels) === JSON.stringify(other.labels);
