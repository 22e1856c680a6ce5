import { objectKey } from '@app/contracts/objects';
import { windowState } from '../../windows/core/evaluate';
import { claimedUntil } from '../../fleet/core/cluster-record';
import { hasTold, isAbsent } from './absent';
import { isAsBefore, isForced } from './cause';
import { isTaken, isUnproven, mergedEnd } from './limited';
import type { ClusterNow, WorkloadNow } from './fleet-now';
import type { Instant, Restart, Rollout, Target, Why } from './model';
import { isTooOld, tooOldText } from './too-old';
import { isInFlight, isOver, isUnpermitted, mapRestarts, own } from './state';
import { timeText } from '../../platform/core/times';

/** Why a target can not be dispatched now, and when that ends by itself. Skipped and Failed: it does not wait any longer. */
export type Wait = Readonly<
  Why & { phase: 'Blocked' | 'Deferred' | 'Skipped' | 'Failed'; until: Instant | null; closes: Instant | null }
>;

const blocked = (reason: string, message: string, until: Instant | null = null): Wait => ({
  phase: 'Blocked',
  reason,
  message,
  until,
  closes: null,
});

/** The guards of one target, in order: the first that is not met is told. Null: only a free slot is missing. */
export function waitOf(rollout: Rollout, target: Target, cluster: ClusterNow | undefined, at: Instant): Wait | null {
  if (cluster === undefined) return blocked('ClusterUnknown', `nothing is known of cluster ${target.cluster} yet`);
  return (
    heldBy(cluster, at) ??
    keptAway(target, cluster, at) ??
    unusable(rollout, target, cluster, at) ??
    unheard(rollout, target, cluster) ??
    refused(target, at) ??
    sourceMissing(rollout, target, cluster, at) ??
    outsideWindows(target, cluster, at)
  );
}

/** Holds of this instant; an expired one holds nothing. */
const holdsNow = (cluster: Pick<ClusterNow, 'holds'>, at: Instant): ClusterNow['holds'] =>
  cluster.holds.filter(({ expiresAt }) => expiresAt === null || expiresAt > at);

/** What each hold of this instant says. */
export const holdTexts = (cluster: Pick<ClusterNow, 'holds'>, at: Instant): readonly string[] =>
  holdsNow(cluster, at).map(({ id, owner, reason, expiresAt }) => {
    return `${owner} holds it ${expiresAt === null ? 'without end' : `until ${timeText(expiresAt)}`}: ${reason} (${id})`;
  });

/** What the holds of this instant say; null: there are none. Until when: until the last of them is over. */
export function heldBy(cluster: Pick<ClusterNow, 'holds'>, at: Instant): Wait | null {
  const holds = holdsNow(cluster, at);
  if (holds.length === 0) return null;
  const ends = holds.map(({ expiresAt }) => expiresAt ?? Infinity);
  const until = Math.max(...ends);
  return blocked('Hold', holdTexts(cluster, at).join('; '), Number.isFinite(until) ? until : null);
}

/** By people who drained the cluster, or because it is in doubt which cluster it is. */
function keptAway(target: Target, cluster: ClusterNow, at: Instant): Wait | null {
  if (cluster.drained) return blocked('Drained', `cluster ${target.cluster} is drained: undrain it, or skip it`);
  return claimed(target, cluster, at);
}

const unusable = (rollout: Rollout, target: Target, cluster: ClusterNow, at: Instant): Wait | null =>
  offline(rollout, target, cluster, at) ?? tooOld(rollout, target, cluster, at);

function offline({ spec }: Rollout, target: Target, cluster: ClusterNow, at: Instant): Wait | null {
  if (cluster.connection === 'online') return null;
  const since = cluster.offlineSince ?? at;
  const message = `cluster ${target.cluster} is off line since ${timeText(since)}`;
  return outOfUse(spec, { reason: 'Offline', message, back: 'it is back' }, since + spec.offline.graceMs, at);
}

/** What could not prove its work does none; it is left behind as if it were off line. */
function tooOld({ spec }: Rollout, target: Target, cluster: ClusterNow, at: Instant): Wait | null {
  if (!isTooOld(spec, cluster)) return null;
  const why = { reason: 'AgentTooOld', message: tooOldText(target), back: 'its agent is a newer one' };
  return outOfUse(spec, why, endOf(target, why.reason, at + spec.offline.graceMs), at);
}

/** When a wait for this reason ends: one that lasts already ends when it was to. */
const endOf = ({ phase, reason, until }: Target, waitsFor: string, fresh: Instant): Instant =>
  (phase === 'Blocked' && reason === waitsFor ? until : null) ?? fresh;

function claimed(target: Target, cluster: ClusterNow, at: Instant): Wait | null {
  const until = claimedUntil(cluster, at);
  const message = `another cluster claims to be ${target.cluster}: find it, or approve ${target.cluster} once that is settled`;
  return until === null ? null : blocked('IdentityConflict', message, until);
}

/** What the policy makes of a cluster that can not be used for now: it is waited for until the grace is over. */
function outOfUse(
  { offline: { policy, deferTtlMs } }: Rollout['spec'],
  { reason, message, back }: Why & Readonly<{ back: string }>,
  grace: Instant,
  at: Instant,
): Wait {
  if (at < grace) return blocked(reason, message, grace);
  switch (policy) {
    case 'wait':
      return blocked(reason, `${message}; the wave waits for it`);
    case 'defer':
      return gone('Deferred', { reason, message: `${message}; it is restarted when ${back}` }, grace + deferTtlMs);
    case 'skip':
      return gone('Skipped', { reason, message: `${message}: the policy goes on without it` });
    case 'fail':
      return gone('Failed', { reason, message: `${message}: the policy counts that as a failure` });
  }
}

const gone = (phase: Wait['phase'], why: Why, until: Instant | null = null): Wait => ({
  ...{ phase, reason: why.reason, message: why.message, until, closes: null },
});

/** Nothing is decided for a cluster by what it said before it was out of reach. */
const unheard = (rollout: Rollout, target: Target, cluster: ClusterNow): Wait | null =>
  isAbsent(rollout, target) && !hasTold(rollout, cluster)
    ? blocked('AwaitsReport', `cluster ${target.cluster} is back and has yet to tell where it stands`)
    : null;

function refused(target: Target, at: Instant): Wait | null {
  if (target.refusedUntil === undefined || at >= target.refusedUntil) return null;
  const told = target.restarts.find((restart) => isUnpermitted(restart) && restart.reason !== '');
  return blocked(told?.reason ?? 'Refused', told?.message ?? 'the agent refused the permit', target.refusedUntil);
}

/** What its cluster tells of the source next may let it begin. */
export const awaitsSource = ({ phase, reason }: Target): boolean =>
  phase === 'Blocked' && (reason === 'SourceMoved' || reason === 'SourceArrival');

/** A restart loads what the source holds when the pod starts: without the expected revision it would prove nothing. */
function sourceMissing(rollout: Rollout, target: Target, cluster: ClusterNow, at: Instant): Wait | null {
  if (target.expected === null) return null;
  const other = target.restarts
    .filter(isUnpermitted)
    .map((restart) => ({ restart, now: workloadNow(restart, cluster) }));
  const off = other.find(({ now }) => now !== undefined && !now.ignored && now.source !== target.expected);
  if (off === undefined) return null;
  const key = objectKey(off.restart.workload);
  const seen = off.now?.source ?? null;
  if (seen === null || isAsBefore(rollout.cause, target, seen)) return sourceAwaited(rollout, target, key, at);
  return sourceMoved(rollout, target, key, at);
}

/**
 * What a rollout can not bring any more is left out of it: at once where nothing replaces a rollout under way, else when
 * none has come for a while, because its policy is gone, say, or carries the source there no longer.
 */
function sourceMoved({ spec }: Rollout, target: Target, key: string, at: Instant): Wait {
  const message = `${key} sees another revision of the source than this rollout carries`;
  if ((spec.supersede?.policy ?? 'latestWins') === 'latestWins') {
    const { sourceDeadlineMs } = spec.target;
    if (sourceDeadlineMs === undefined) return blocked('SourceMoved', message);
    const until = endOf(target, 'SourceMoved', at + sourceDeadlineMs);
    if (at < until) return blocked('SourceMoved', message, until);
  }
  return gone('Skipped', { reason: 'SourceMoved', message: `${message}: left to a later one` });
}

/** For a while it may be on its way; then the rollout goes on without this cluster, as if that were off line. */
function sourceAwaited({ spec }: Rollout, target: Target, key: string, at: Instant): Wait {
  const told = `${key} does not see the expected revision of the source yet`;
  const { sourceDeadlineMs } = spec.target;
  if (sourceDeadlineMs === undefined) return blocked('SourceArrival', told);
  const until = endOf(target, 'SourceArrival', at + sourceDeadlineMs);
  if (at < until) return blocked('SourceArrival', told, until);
  const message = `${told}; it is restarted when it does`;
  return gone('Deferred', { reason: 'SourceNotArrived', message }, at + spec.offline.deferTtlMs);
}

function outsideWindows(target: Target, cluster: ClusterNow, at: Instant): Wait | null {
  const state = windowState(cluster.windows, at);
  if (state.open || (isUnderWay(target) && !state.stopsInFlight)) return null;
  const { closedBecause, nextOpen, nextClose } = state;
  return { ...blocked('Window', closedBecause, nextOpen), closes: nextClose };
}

/** It has begun in its present attempt: in flight, or between workloads that wait for each other. */
const isUnderWay = (target: Target): boolean =>
  isInFlight(target) || (target.dispatchedAt !== null && target.refusedUntil === undefined);

const workloadNow = (restart: Restart, cluster: ClusterNow): WorkloadNow | undefined =>
  own(cluster.workloads, objectKey(restart.workload));

/** Judges what has no permit yet by live facts: what needs none is skipped, and says why. */
export function judgeRestarts(rollout: Rollout, target: Target, cluster: ClusterNow, at: Instant): Target {
  const always = isForced(rollout) || nextAttempt(target) > 1;
  return mapRestarts(target, (restart) => {
    const now = workloadNow(restart, cluster);
    if (!isUnpermitted(restart) || isTaken(rollout, now)) return restart;
    const merged = always ? null : mergedEnd(rollout, now, at);
    if (merged !== null) return { ...restart, ...merged };
    const why = needlessBecause(now, always || (now !== undefined && isUnproven(rollout, now)));
    return why === null ? restart : { ...restart, phase: 'Skipped', ...why, finishedAt: at };
  });
}

/** The attempt that the next permits of the target belong to. */
export const nextAttempt = ({ attempt, refusedUntil }: Target): number =>
  refusedUntil === undefined ? Math.max(1, attempt) : attempt + 1;

/**
 * @param always also what is current: it is forced, or an earlier attempt may have written the revision, so that `have`
 *   says so while the pods crash on it. Only the agent can tell, by following it; to skip it would count a failure as none.
 */
function needlessBecause(now: WorkloadNow | undefined, always: boolean): Why | null {
  if (now === undefined) return { reason: 'Gone', message: 'the workload is not in the cluster any more' };
  if (now.ignored || now.want === null) return { reason: 'OptedOut', message: 'the workload is no longer opted in' };
  if (now.want === now.have && !always) {
    return { reason: 'AlreadyCurrent', message: 'the workload runs what it should already' };
  }
  return null;
}

/** Of a judged target, what may be permitted now: everything whose predecessors are through. */
export function readyRestarts(target: Target): ReadonlySet<Restart> {
  const open = new Set(
    target.restarts.filter((restart) => !isOver(restart)).map(({ workload }) => objectKey(workload)),
  );
  return new Set(
    target.restarts.filter(
      (restart) => isUnpermitted(restart) && restart.held === undefined && !restart.after.some((key) => open.has(key)),
    ),
  );
}
