import { POLICY_ANNOTATION } from '@app/contracts/annotations';
import type { WorkloadView } from '@app/contracts/api/views';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import { takesWorkload } from '../../plan/core/plan';

export const NOT_FOLLOWED = `no enabled policy of that name, which ${POLICY_ANNOTATION} chooses, matches and takes the workload`;

/** What calls for no action. */
const YIELDING: ReadonlySet<string> = new Set(['', 'KeysIgnored']);

/** A workload as people see it: what its agent says; and where that is nothing, whether its choice of a policy can not hold. */
export function workloadSeen(
  fact: WorkloadFact & Readonly<{ cluster: string }>,
  policies: readonly Readonly<{ policy: ResolvedPolicy }>[],
): WorkloadView {
  const choice = fact.annotations?.policy;
  if (choice === undefined || !YIELDING.has(fact.reason)) return fact;
  const chosen = policies.find(({ policy }) => policy.name === choice && policy.enabled);
  if (chosen && takesWorkload(chosen.policy, fact.kind, fact.labels)) return fact;
  return { ...fact, reason: 'PolicyNotFollowed', message: `${choice}: ${NOT_FOLLOWED}` };
}
