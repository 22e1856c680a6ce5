import type { PolicyProblem } from '@app/contracts/policy/problems';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { findCycle } from '@app/contracts/policy/waves';

type Ordered = Pick<ResolvedPolicy, 'name' | 'policiesBefore'>;

/** Policies that would wait for each other with this one, in the place of its last version, among the others. */
export function circleWith(policy: Ordered, others: readonly Ordered[]): readonly PolicyProblem[] {
  const edges = new Map([policy, ...others.filter(({ name }) => name !== policy.name)].map(edgeOf));
  const path = findCycle(edges);
  if (path === undefined) return [];
  const detail = `policies wait for each other: ${path.join('>')}`;
  return [{ pointer: '/spec/dependsOn/policies', code: 'CYCLE', detail }];
}

const edgeOf = ({ name, policiesBefore = [] }: Ordered): readonly [string, readonly string[]] => [name, policiesBefore];
