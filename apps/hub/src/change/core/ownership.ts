import type { SourceRef } from '@app/contracts/objects';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import type { SourceFact } from '@app/contracts/wire/facts';
import type { ClusterRecord } from '../../fleet/core/cluster-record';
import { choosePolicy } from '../../policy/core/match';

type Versioned = Readonly<{ policy: ResolvedPolicy }>;

/** A source as one cluster has it. */
export type SourceThere = Readonly<{ ref: SourceRef; fact: SourceFact | null; registration: ClusterRecord | null }>;

/** The policy that owns a source in a cluster; undefined when none does, or the cluster is not of the fleet (yet, or any more). */
export function ownerOf<P extends Versioned>(
  policies: readonly P[],
  { ref, fact, registration }: SourceThere,
): P | undefined {
  if (registration?.state !== 'Approved') return undefined;
  return choosePolicy(policies, { ref, labels: fact?.labels ?? {} }, registration);
}
