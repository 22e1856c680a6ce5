import type { SourceRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import { isPending, type WorkloadFact } from '@app/contracts/wire/facts';
import { LOCAL_ROLLOUT, type Order } from '../../restart/core/order';

/** Patched → ready for what nobody permitted: as long as a Deployment has by default. */
export const PROGRESS_DEADLINE_MS = 600_000;

/** Nothing is to be written: what changes that will also change the workload. */
const STILL = ['Suspended', 'InvalidPausePeriod'];

/** The revision that a restart would bring now; null: none is due, or it would start nothing. */
export function wantToAct(fact: WorkloadFact | undefined): Revision | null {
  if (!fact || !isPending(fact) || STILL.includes(fact.reason)) return null;
  return fact.want;
}

/** True of what is pending and runs for no change until its owner resumes it. */
export const isSuspended = (fact: WorkloadFact): boolean => isPending(fact) && fact.reason === 'Suspended';

/** To do now what is pending. `number`: another one for each order of this process. */
export function localOrder(fact: WorkloadFact, number: number, progressDeadlineMs: number): Order {
  const { kind, namespace, name, uid, want } = fact;
  return {
    id: `${LOCAL_ROLLOUT}-${number}`,
    permit: `${LOCAL_ROLLOUT}-${number}`,
    rollout: LOCAL_ROLLOUT,
    attempt: 1,
    workload: { kind, namespace, name },
    uid,
    toRevision: want ?? '',
    causes: causesOf(fact),
    progressDeadlineMs,
    terms: null,
  };
}

const causesOf = ({ namespace, sources }: WorkloadFact): readonly SourceRef[] =>
  sources
    .filter(({ revision, haveRevision }) => revision !== null && revision !== haveRevision)
    .map(({ kind, name }) => ({ kind, namespace, name }));
