import { objectKey } from '@app/contracts/objects';
import type { ClusterNow } from './fleet-now';
import { heldBy } from './guards';
import type { Instant, Rollout, Target, Why } from './model';
import { endAll, failAll, sendAgain, settle, toPending, withdraw } from './settle';
import { isTooOld } from './too-old';
import { ackDue, lostDue, stallOf } from './timing';
import { change, hasBegun, isInFlight, isOpen, isOver, isPermitted, isUnpermitted, mapRestarts, own } from './state';
import { timeText } from '../../platform/core/times';

type Spec = Rollout['spec'];
/** `isPaused`: a person has paused the rollout; absent: nobody has. */
type Now = Readonly<{ at: Instant; spec: Spec; isPaused?: boolean }>;

/** What time and the state of its cluster do to a target, whatever the rollout's phase. Unknown clusters: wait. */
export function observe(target: Target, cluster: ClusterNow | undefined, now: Now): Target {
  const told = settle(target, now.at);
  if (!isOpen(told)) return told;
  const seen = cluster === undefined ? told : lookAt(told, cluster, now);
  return settle(obeyStop(seen, now), now.at);
}

function lookAt(target: Target, cluster: ClusterNow, now: Now): Target {
  if (cluster.connection === 'left') return leave(target, now);
  if (target.phase === 'Deferred') return deferred(target, cluster, now);
  if (!isInFlight(target)) return target;
  return cluster.connection === 'offline' ? outOfReach(target, cluster, now) : inReach(target, now);
}

function leave(target: Target, { at, spec }: Now): Target {
  const why = { reason: 'Left', message: `cluster ${target.cluster} was removed from the fleet, or revoked` };
  if (spec.leavers === 'fail') return failAll(target, why, at);
  const ended = endAll(target, { phase: 'Skipped', ...why }, at);
  return { ...ended, phase: 'Skipped', ...why, until: null, lostAt: null, finishedAt: at };
}

/** A deferred cluster is owed its restart until its time to live is over. */
function deferred(target: Target, cluster: ClusterNow, { at, spec }: Now): Target {
  if (cluster.connection === 'online' && isOwedNow(target, cluster, spec)) {
    const back = toPending(target, { reason: 'Returned', message: RETURNED[target.reason] ?? '' });
    return change(back, { dispatchedAt: null });
  }
  if (target.until === null || at < target.until) return target;
  const until = timeText(target.until);
  const message = `${MISSING[target.reason] ?? 'away'} until ${until}, longer than deferral lasts`;
  return failAll(target, { reason: target.reason, message }, at);
}

function isOwedNow(target: Target, cluster: ClusterNow, spec: Spec): boolean {
  if (target.reason === 'Offline') return true;
  return target.reason === 'AgentTooOld' ? !isTooOld(spec, cluster) : hasArrived(target, cluster);
}

const MISSING: Readonly<Record<string, string>> = {
  Offline: 'off line',
  SourceNotArrived: 'without the expected revision of the source',
  AgentTooOld: 'with an agent that is too old',
};

const RETURNED: Readonly<Record<string, string>> = {
  Offline: 'its cluster is back on line',
  SourceNotArrived: 'the revision has reached its cluster',
  AgentTooOld: 'its agent is new enough now',
};

/** Every workload that has still to start sees the expected revision. */
const hasArrived = (target: Target, cluster: ClusterNow): boolean =>
  target.restarts.filter(isUnpermitted).every(({ workload }) => {
    const now = own(cluster.workloads, objectKey(workload));
    return now === undefined || now.ignored || now.source === target.expected;
  });

/** Work in flight in a cluster out of reach keeps its slot: it may be restarting there. */
function outOfReach(target: Target, cluster: ClusterNow, now: Now): Target {
  const { at, spec } = now;
  const lostAt = target.lostAt ?? Math.max(cluster.offlineSince ?? at, target.dispatchedAt ?? 0);
  const until = lostDue(lostAt, spec);
  if (at >= until) {
    return failAll(
      target,
      { reason: 'LostContact', message: `no contact with the agent since ${timeText(lostAt)}` },
      at,
    );
  }
  const message = `no contact with the agent since ${timeText(lostAt)}; it keeps its slot`;
  const lost = change(target, { phase: 'Unknown', reason: 'LostContact', message, until, lostAt });
  const stopped = stopOf(cluster, now);
  return stopped === null
    ? lost
    : withdraw(lost, { reason: stopped.reason, message: `its permit was taken back: ${stopped.message}` }, at);
}

/** What keeps anything from being begun by whoever comes back now; null: nothing. */
const stopOf = (cluster: ClusterNow, { at, isPaused }: Now): Why | null =>
  heldBy(cluster, at) ?? (isPaused === true ? { reason: 'Paused', message: 'the rollout is paused' } : null);

function inReach(target: Target, now: Now): Target {
  if (target.phase === 'Unknown') return regained(target, now.at);
  const { resendAt, failAt } = stallOf(target, now.spec);
  if (now.at >= failAt) return stalled(target, now.at);
  const answered = target.phase !== 'Dispatched' && now.at < resendAt;
  return answered || now.at < ackDue(target, now.spec) ? target : toldAgain(target, now);
}

/** What a stop ends now is ended first: telling it again would give the agent time to answer anew, for ever. */
function toldAgain(target: Target, now: Now): Target {
  const rest = settle(obeyStop(target, now), now.at);
  return isOpen(rest) ? sendAgain(rest, now.at) : rest;
}

/** The same permits again: the agent answers for what it has done already. Its silence is counted from now. */
function regained(target: Target, at: Instant): Target {
  const begun = target.restarts.some((restart) => isPermitted(restart) && hasBegun(restart));
  const phase = target.stop === undefined ? 'Dispatched' : begun ? 'Restarting' : 'Acked';
  const back = { ...target, phase, reason: '', message: '', until: null, lostAt: null, dispatchedAt: at } as const;
  return target.restarts.some(isPermitted) ? sendAgain(back, at) : back;
}

function stalled(target: Target, at: Instant): Target {
  const taken = target.phase === 'Dispatched' ? 'and never acknowledged the permit' : 'after it took the permit';
  return failAll(target, { reason: 'ProgressDeadline', message: `the agent is on line, sent no result ${taken}` }, at);
}

/** A stop ends what was never permitted and what the agent can not have; what it holds, once it had time to answer. */
function obeyStop(target: Target, { at, spec }: Now): Target {
  const { stop } = target;
  if (stop === undefined || !isOpen(target)) return target;
  const answered = target.phase !== 'Dispatched' && (target.phase !== 'Unknown' || heardSinceDispatch(target));
  const patient = answered && at < ackDue(target, spec);
  const phase = stop.phase === 'Superseded' ? 'Superseded' : 'Skipped';
  return mapRestarts(target, (restart) => {
    const waits = isPermitted(restart) && (hasBegun(restart) || patient);
    if (isOver(restart) || waits) return restart;
    return { ...restart, phase, reason: stop.reason, message: stop.message, finishedAt: at };
  });
}

const heardSinceDispatch = (target: Target): boolean => (target.permit?.heardAt ?? 0) > (target.dispatchedAt ?? 0);
