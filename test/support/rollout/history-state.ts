import type { Rollout, Step } from '../../../apps/hub/src/rollout/core/model';
import { recount, tallyOf } from '../../../apps/hub/src/rollout/core/tally';

/** What a step led to; the order of its effects means nothing. */
export const outcomeText = ({ rollout, effects }: Step): string =>
  JSON.stringify([rollout, effects.map((effect) => JSON.stringify(effect)).sort()]);

/** What is carried on from step to step must be what counting from nothing gives. */
export const miscounted = (rollout: Rollout): readonly string[] =>
  Object.entries(recount(rollout.targets.all())).flatMap(([wave, { from: _from, ...counts }]) => {
    const { from, ...carried } = tallyOf(rollout, wave);
    const { clusters } = rollout.waves.find(({ name }) => name === wave) ?? { clusters: [] };
    const passed = clusters.slice(0, from).some((cluster) => rollout.targets.get(cluster)?.phase === 'Pending');
    const text = (tally: typeof counts): string => JSON.stringify({ ...tally, failing: [...tally.failing].sort() });
    const same = text(carried) === text(counts);
    return same && !passed ? [] : [`form: wave ${wave} is miscounted`];
  });

/** Makes any write into the state an error at the place where it happens. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) if (typeof part === 'object') frozen(part);
  return Object.freeze(value);
}
