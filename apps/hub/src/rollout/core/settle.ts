import { isTerminalTarget, type TargetPhase } from '@app/contracts/phases';
import { objectKey } from '@app/contracts/objects';
import type { Instant, Restart, Target, Why } from './model';
import { change, hasBegun, isInFlight, isOver, isPermitted, isUnpermitted, mapRestarts } from './state';
import { MAX_ATTEMPT } from './timing';

type Verdict = Readonly<Why & { phase: TargetPhase }>;

/** Draws the target's phase from its restarts, once nothing of it is in flight. */
export function settle(target: Target, at: Instant): Target {
  if (isTerminalTarget(target.phase)) return target;
  const told = failFollowers(target, at);
  if (told.restarts.every(isOver)) return { ...told, ...verdictOf(told), until: null, lostAt: null, finishedAt: at };
  const isLost = told.phase === 'Unknown'; // it may be restarting there all the same
  return isInFlight(told) && !isLost && !told.restarts.some(isPermitted) ? queueAgain(told) : told;
}

/** Nothing of it is in flight any more, something is still to do: its slot is free until it gets one again. */
function queueAgain(target: Target): Target {
  const refused = target.restarts.find((restart) => isUnpermitted(restart) && restart.reason !== '');
  const why = refused ?? { reason: 'Order', message: 'goes on with the workloads that waited for others' };
  return { ...target, phase: 'Pending', reason: why.reason, message: why.message, lostAt: null, until: null };
}

/** Ends whatever is not over yet in one way. */
export function endAll(target: Target, end: Pick<Restart, 'phase' | 'reason' | 'message'>, at: Instant): Target {
  return mapRestarts(target, (restart) => (isOver(restart) ? restart : { ...restart, ...end, finishedAt: at }));
}

/** Fails whatever is not over yet, and with it the target. */
export const failAll = (target: Target, why: Why, at: Instant): Target =>
  settle(endAll(target, { phase: 'Failed', ...why }, at), at);

/** A workload whose predecessor failed does not start; nor does one that waits for that one in turn. */
function failFollowers(target: Target, at: Instant): Target {
  if (!target.restarts.some((restart) => restart.phase === 'Failed')) return target;
  const failed = new Set(target.restarts.filter(({ phase }) => phase === 'Failed').map((r) => objectKey(r.workload)));
  const next = mapRestarts(target, (restart) => {
    const first = isUnpermitted(restart) ? restart.after.find((key) => failed.has(key)) : undefined;
    if (first === undefined) return restart;
    const message = `not started: ${first}, which it waits for, failed`;
    return { ...restart, phase: 'Failed', reason: 'PredecessorFailed', message, finishedAt: at };
  });
  return next === target ? target : failFollowers(next, at);
}

function verdictOf(target: Target): Verdict {
  const { restarts } = target;
  const failed = firstFailure(restarts);
  const stopped = stopVerdict(target, failed !== undefined);
  if (stopped !== null) return stopped;
  if (failed !== undefined) return { phase: 'Failed', reason: failed.reason, message: failureText(failed) };
  const succeeded = restarts.filter(({ phase }) => phase === 'Succeeded');
  if (succeeded.length === 0) return { phase: 'Skipped', ...skipReason(restarts) };
  const remark = succeeded.find(({ reason }) => reason !== '');
  return { phase: 'Succeeded', reason: remark?.reason ?? '', message: remark === undefined ? '' : failureText(remark) };
}

/** What failed by itself is told before what did not start because of it. */
function firstFailure(restarts: readonly Restart[]): Restart | undefined {
  const failed = restarts.filter(({ phase }) => phase === 'Failed');
  return failed.find(({ reason }) => reason !== 'PredecessorFailed') ?? failed[0];
}

/** A stop tells the end only where it ended something; what a person skipped does not count as failed either. */
function stopVerdict({ restarts, stop }: Target, failed: boolean): Verdict | null {
  if (stop === undefined) return null;
  if (failed) return stop.phase === 'Skipped' ? stop : null;
  return restarts.some(({ reason }) => reason === stop.reason) ? stop : null;
}

const failureText = ({ workload, message }: Restart): string =>
  message === '' ? objectKey(workload) : `${objectKey(workload)}: ${message}`;

function skipReason(restarts: readonly Restart[]): Why {
  const first = restarts[0];
  if (first === undefined) return { reason: 'NotApplicable', message: 'no workload of this cluster is concerned' };
  if (restarts.every(({ reason }) => reason === first.reason)) return { reason: first.reason, message: first.message };
  const current = restarts.find(({ reason }) => reason === 'AlreadyCurrent');
  const reason = current === undefined ? 'NotApplicable' : 'AlreadyCurrent';
  return { reason, message: `nothing to restart: ${restarts.map(failureText).join('; ')}` };
}

/** Records what a stop asks for; what has begun goes on, what the agent may hold is revoked by the next send. */
export function stopTarget(target: Target, stop: NonNullable<Target['stop']>, at: Instant): Target {
  if (isTerminalTarget(target.phase) || target.stop !== undefined) return target;
  return isInFlight(target) ? { ...sendAgain(target, at), stop } : { ...target, stop };
}

/**
 * Takes back the permits of what is not seen begun, while the agent can not be asked: they are void before it is back, and
 * what it began all the same answers for the next ones. The target keeps its slot until then.
 */
export function withdraw(target: Target, why: Why, at: Instant): Target {
  if (target.stop !== undefined || target.attempt >= MAX_ATTEMPT) return target;
  const next = mapRestarts(target, (restart) =>
    isPermitted(restart) && !hasBegun(restart) ? { ...restart, ...why, phase: 'Pending', revision: null } : restart,
  );
  return next === target ? target : { ...sendAgain(next, at), refusedUntil: Math.max(at, target.refusedUntil ?? 0) };
}

/** Counts one more message to the agent; decide turns it into an effect. */
export const sendAgain = (target: Target, at: Instant): Target => ({
  ...target,
  permit: { sends: (target.permit?.sends ?? 0) + 1, sentAt: at, heardAt: target.permit?.heardAt ?? null },
});

/** A target that goes back to the start of the line: nothing of it is in flight, and no wait is recorded. */
export const toPending = (target: Target, why: Why): Target =>
  change(target, {
    ...{ phase: 'Pending', reason: why.reason, message: why.message },
    ...{ until: null, closes: null, lostAt: null },
  });
