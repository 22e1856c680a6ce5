import type { RolloutSummary } from '@app/contracts/api/rollout-view';
import { isTerminalRollout } from '@app/contracts/phases';
import type { View } from '../../output/core/table';
import { age } from '../../output/core/values';
import { causeNames } from './cause';
import { because } from './text';

/** The codes alone: `rollout get` has the sentences. */
const waits = ({ phase, waitingFor }: RolloutSummary): string =>
  isTerminalRollout(phase) ? '' : [...new Set(waitingFor.map(({ reason }) => reason))].join(',');

/** Rollouts as a list shows them. */
export const ROLLOUT_LIST: View<RolloutSummary> = {
  name: ({ id }) => id,
  columns: [
    { header: 'ROLLOUT', value: ({ id }) => id },
    { header: 'CAUSE', value: ({ cause }) => causeNames(cause).join(',') },
    { header: 'POLICY', value: ({ policy }) => `${policy.name}@${policy.version}` },
    { header: 'PHASE', value: ({ phase }) => phase },
    { header: 'PROGRESS', value: ({ counts }) => `${counts.succeeded}/${counts.targets}` },
    { header: 'AGE', value: ({ createdAt }, now) => age(createdAt, now) },
    { header: 'WAITS-FOR', value: waits },
    { header: 'FAILED', value: ({ counts }) => counts.failed, wide: true },
    { header: 'DEFERRED', value: ({ counts }) => counts.deferred, wide: true },
    { header: 'TRIGGER', value: ({ cause }) => cause.trigger, wide: true },
    { header: 'ACTOR', value: ({ cause }) => cause.actor ?? '', wide: true },
    { header: 'REASON', value: ({ reason, message }) => because(reason, message), wide: true },
  ],
};
