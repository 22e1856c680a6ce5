import type { Amount, FailureLimit } from '@app/contracts/policy/amounts';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import type { Rollout, Wave } from './model';
import { targetsOf } from './state';

/** Percentages round down; more than there is means all there is. */
const portion = (amount: Amount, total: number): number =>
  Math.min(total, 'count' in amount ? amount.count : Math.floor((amount.percent * total) / 100));

/** Targets at a time: at least one, or the wave would never move. */
export const concurrencyOf = (amount: Amount, planned: number): number => Math.max(1, portion(amount, planned));

/** Failures tolerated: one more breaches. */
export const failuresOf = (limit: FailureLimit, planned: number): number =>
  Math.min(planned, Math.max(limit.count, Math.floor((limit.percent * planned) / 100)));

/** Deferred targets with which a wave may still end. */
export const deferredOf = (policy: ResolvedPolicy, planned: number): number =>
  portion(policy.offline.maxDeferred, planned);

/** The denominator of a wave's limits: targets that were skipped, or are about to be, no longer count. */
export const plannedIn = (rollout: Rollout, wave: Wave): number =>
  targetsOf(rollout, wave).filter((target) => target.phase !== 'Skipped' && target.stop?.phase !== 'Skipped').length;

/** Limits of a wave against what it holds now. The catch-up wave, which no policy names, takes those of the last one. */
export function limitsNow(rollout: Rollout, wave: Wave): Pick<Wave, 'maxConcurrency' | 'maxFailures'> {
  const { waves } = rollout.spec;
  const rules = waves.find(({ name }) => name === wave.name) ?? waves.at(-1);
  const planned = plannedIn(rollout, wave);
  if (rules === undefined) return { maxConcurrency: 1, maxFailures: 0 };
  return {
    maxConcurrency: concurrencyOf(rules.maxConcurrency, planned),
    maxFailures: failuresOf(rules.maxFailures, planned),
  };
}
