import type { Rollout, RolloutEvent, Target } from './model';
import { joined } from './catch-up';
import { decided } from './gates';
import { acked, progressed, reported } from './reports';
import { withTargets } from './state';
import { cancelled, paused, resumed, retried, skipped, started, superseded } from './verbs';

/** Records what happened. What does not fit (a stale report, a verb that the phase does not allow) changes nothing. */
export function evolve(rollout: Rollout, event: RolloutEvent): Rollout {
  switch (event.type) {
    case 'woken':
      return rollout;
    case 'started':
      return started(rollout, event);
    case 'paused':
      return paused(rollout, event);
    case 'resumed':
      return resumed(rollout, event);
    case 'cancelled':
      return cancelled(rollout, event);
    case 'retried':
      return retried(rollout, event);
    case 'skipped':
      return skipped(rollout, event);
    case 'approved':
    case 'rejected':
      return decided(rollout, event);
    case 'superseded':
      return superseded(rollout, event);
    case 'joined':
      return joined(rollout, event);
    case 'acked':
    case 'progressed':
    case 'reported':
      return withTarget(rollout, event.cluster, (target) => recorded(target, event, rollout.spec));
  }
}

/** What an agent said, taken in by the target it speaks of; what does not fit changes nothing. */
export function recorded(
  target: Target,
  event: Extract<RolloutEvent, { type: 'acked' | 'progressed' | 'reported' }>,
  spec: Rollout['spec'],
): Target {
  switch (event.type) {
    case 'acked':
      return acked(target, event);
    case 'progressed':
      return progressed(target, event);
    case 'reported':
      return reported(target, event, spec.target);
  }
}

function withTarget(rollout: Rollout, cluster: string, update: (target: Target) => Target): Rollout {
  const target = rollout.targets.get(cluster);
  const next = target === undefined ? undefined : update(target);
  return next === undefined || next === target ? rollout : withTargets(rollout, [next]);
}
