import type { Rollout } from '../../../apps/hub/src/rollout/core/model';
import { targetFrom, targetText } from '../../../apps/hub/src/rollout/core/stored-target';
import { Targets } from '../../../apps/hub/src/rollout/core/targets';

/** As the store gives it back: nothing of it is the object that it was. */
export function reloaded({ targets, ...head }: Rollout): Rollout {
  const stored = targets.all().map((target) => targetFrom(target.cluster, targetText(target)));
  return { ...(JSON.parse(JSON.stringify(head)) as typeof head), targets: Targets.of(stored) };
}
