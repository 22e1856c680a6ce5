import type { Rollout, Target, Wave } from './model';
import { isFailing, namesText, targetsOf } from './state';

/** Failures that nobody accepted, in the order of the wave. */
export const countedFailures = (rollout: Rollout, wave: Wave): readonly Target[] =>
  targetsOf(rollout, wave).filter((target) => isFailing(target) && !rollout.acceptedFailures.includes(target.cluster));

/** Names each failure with its own reason: that is what a person acts on. */
export const failureList = (failed: readonly Target[]): string =>
  namesText(
    failed.map((target) => {
      const restart = target.restarts.find(({ phase }) => phase === 'Failed');
      const why = target.phase === 'Failed' ? target : (restart ?? target);
      return `${target.cluster} (${[why.reason, why.message].filter(Boolean).join(': ')})`;
    }),
  );
