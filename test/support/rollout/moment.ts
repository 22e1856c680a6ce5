import { objectKey } from '@app/contracts/objects';
import type { FleetNow } from '../../../apps/hub/src/rollout/core/fleet-now';
import type { Restart, Rollout, RolloutEvent, Step, Target, Wave } from '../../../apps/hub/src/rollout/core/model';
import type { Rules } from './fixtures';

/** One step of the engine with everything that it was given. */
export type Moment = Readonly<{ before: Rollout; event: RolloutEvent; fleet: FleetNow; after: Step; rules: Rules }>;

export const OVER: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Skipped', 'Superseded']);
export const HELD: ReadonlySet<string> = new Set(['Dispatched', 'Acked', 'Restarting', 'Verifying', 'Unknown']);
export const DONE: ReadonlySet<string> = new Set(['Succeeded', 'Degraded', 'Skipped']);
export const permitted = (restart: Restart): boolean => restart.revision !== null && !OVER.has(restart.phase);
export const busy = (target: Target): boolean => target.restarts.some(permitted);
export const inWave = (rollout: Rollout, wave: Wave): readonly Target[] =>
  rollout.targets.all().filter((target) => target.wave === wave.name);
export const keyOf = (restart: Restart): string => objectKey(restart.workload);

type Pair = Readonly<{ target: Target; restart: Restart; was: Restart | undefined; wasTarget: Target | undefined }>;

const looked = new WeakMap<Moment, readonly Pair[]>();

/** Every restart beside what it was before the step; several rules ask for them. */
export function pairs(moment: Moment): readonly Pair[] {
  const known = looked.get(moment) ?? pairsOf(moment);
  looked.set(moment, known);
  return known;
}

function pairsOf({ before, after }: Moment): readonly Pair[] {
  return after.rollout.targets.all().flatMap((target) => {
    const wasTarget = before.targets.get(target.cluster);
    return target.restarts.map((restart, at) => ({ target, restart, was: wasTarget?.restarts[at], wasTarget }));
  });
}

/** Restarts that got a permit in this step which they did not have before it. */
export const freshPermits = (moment: Moment): readonly Pair[] =>
  pairs(moment).filter(({ target, restart, was, wasTarget }) => {
    const same = was !== undefined && permitted(was) && wasTarget?.attempt === target.attempt;
    return permitted(restart) && !(same && was.revision === restart.revision);
  });

/** One line of evidence when the rule is broken. */
export const when = (broken: boolean, text: string): readonly string[] => (broken ? [text] : []);

/** Failures of these targets that nobody accepted. */
export const counted = (rollout: Rollout, targets: readonly Target[]): number =>
  targets.filter(({ phase, cluster }) => phase === 'Failed' && !rollout.acceptedFailures.includes(cluster)).length;
