import type { Rollout, RolloutEvent, Target } from './model';
import { joined } from './catch-up';
import { decided } from './gates';
import { acked, progressed, reported } from './reports';
import { cancelled, paused, resumed, retried, skipped, started, superseded } from './verbs';

/** What agents say about permits; each concerns one target. */
export type News = Extract<RolloutEvent, { type: 'acked' | 'progressed' | 'reported' }>;

/** Records what happened, but for news. What does not fit (a verb that the phase does not allow) changes nothing. */
export function evolve(rollout: Rollout, event: Exclude<RolloutEvent, News>): Rollout {
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
  }
}

/** What an agent said, taken in by the target it speaks of; what does not fit (a stale report) changes nothing. */
export function recorded(target: Target, event: News, spec: Rollout['spec']): Target {
  switch (event.type) {
    case 'acked':
      return acked(target, event);
    case 'progressed':
      return progressed(target, event);
    case 'reported':
      return reported(target, event, spec);
  }
}
