import { isTerminalRollout } from '@app/contracts/phases';
import { adopted } from './absent';
import type { ClusterNow, FleetNow } from './fleet-now';
import type { Instant, Rollout, Target } from './model';
import { admit, judgeWaiting } from './admission';
import { toCatchUp } from './catch-up';
import { hasFleetOrder, holdFleet } from './fleet-order';
import { ageGates, tellGated, voidGates } from './gates';
import { observe } from './health';
import { advance } from './lifecycle';
import { rampUp } from './ramp';
import { watchSoaks } from './regression';
import { judgeWaves, startWaves } from './wave';
import { allTargets, isPaused, isRunning, isStopping, mapTargets, own } from './state';

/**
 * Decides from the whole state and the fleet as it is now, never from the last event alone: a repeat, a lost event or
 * a restart of the hub lead to the same place.
 */
export function decide(rollout: Rollout, at: Instant, fleet: FleetNow): Rollout {
  if (isTerminalRollout(rollout.phase)) return rollout;
  const settled = settleAll(rollout, fleet, at);
  // Dispatch comes last, so that nothing starts in a step that halts, ends or stops the rollout.
  const decided = isRunning(settled) ? admit(settled, fleet, at) : settled;
  return hasFleetOrder(rollout) ? unchangedKept(rollout, decided) : decided;
}

/** What was held, freed and held again on the way is what it was. */
const unchangedKept = (before: Rollout, after: Rollout): Rollout =>
  mapTargets(after, (target) => {
    const was = before.targets.get(target.cluster);
    return was !== undefined && JSON.stringify(was) === JSON.stringify(target) ? was : target;
  });

/** One look may finish a wave and start the next, which is empty, and so on: repeat until nothing moves. */
function settleAll(rollout: Rollout, fleet: FleetNow, at: Instant): Rollout {
  const passes = 2 * rollout.waves.length + 4;
  let settled = rollout;
  for (let pass = 0; pass < passes; pass++) {
    const next = look(settled, fleet, at);
    if (next === settled || isTerminalRollout(next.phase)) return next;
    settled = next;
  }
  return settled;
}

/** Halting is decided before anything is started, so that a wave never begins in a rollout that stops. */
function look(rollout: Rollout, fleet: FleetNow, at: Instant): Rollout {
  const ordered = holdFleet(rollout);
  const seen = mapTargets(ordered, (target) => observed(rollout, target, own(fleet.clusters, target.cluster), at));
  const back = returned(ordered, seen);
  const judged = isStopping(back) ? back : rampUp(judgeWaves(watchSoaks(ageGates(back, at), fleet, at), at));
  const advanced = advance(judged, fleet, at);
  const started = isRunning(advanced) ? judgeWaiting(startWaves(advanced, fleet, at), fleet, at) : advanced;
  return tellGated(voidGates(started));
}

const observed = (rollout: Rollout, target: Target, cluster: ClusterNow | undefined, at: Instant): Target =>
  observe(adopted(rollout, target, cluster, at), cluster, { at, spec: rollout.spec, isPaused: isPaused(rollout) });

/** Clusters back from deferral take part again, in the catch-up wave when their own is over; their failures count anew. */
function returned(before: Rollout, after: Rollout): Rollout {
  if (before === after) return after;
  const back = allTargets(after).filter((target: Target) => {
    return target.phase === 'Pending' && before.targets.get(target.cluster)?.phase === 'Deferred';
  });
  if (back.length === 0) return after;
  const names = new Set(back.map(({ cluster }) => cluster));
  const acceptedFailures = after.acceptedFailures.filter((cluster) => !names.has(cluster));
  return toCatchUp({ ...after, acceptedFailures }, back);
}
