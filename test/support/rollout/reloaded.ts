import type { Rollout, Target } from '../../../apps/hub/src/rollout/core/model';
import { Targets } from '../../../apps/hub/src/rollout/core/targets';

type Stored = Readonly<{ head: Omit<Rollout, 'targets'>; targets: readonly Target[] }>;

/** As the store gives it back: nothing of it is the object that it was. */
export function reloaded({ targets, ...head }: Rollout): Rollout {
  const stored = JSON.parse(JSON.stringify({ head, targets: targets.all() })) as Stored;
  return { ...stored.head, targets: Targets.of(stored.targets) };
}
