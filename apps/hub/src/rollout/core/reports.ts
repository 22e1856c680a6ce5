import { objectKey, type WorkloadRef } from '@app/contracts/objects';
import type { Outcome } from '@app/contracts/wire/agent-messages';
import { seenWith } from './regression';
import { isTriedAgain, retryPauseMs } from './retrying';
import { backoffMs, MAX_ATTEMPT } from './timing';
import type { Instant, Restart, Rollout, RolloutEvent, Target } from './model';
import { hasBegun, isInFlight, isPermitted } from './state';

type Of<T extends RolloutEvent['type']> = Extract<RolloutEvent, { type: T }>;

/** The agent took the permits in. Only an answer to the current attempt counts. */
export function acked(target: Target, event: Of<'acked'>): Target {
  if (target.phase !== 'Dispatched' || event.attempt !== target.attempt) return target;
  return heard({ ...target, ...underWay(target, 'Acked') }, event.at);
}

const STAGES = ['Patching', 'RollingOut', 'Available'] as const;
/** -1: it has not begun. */
const stageOf = (phase: string): number => STAGES.findIndex((stage) => stage === phase);

/** A restart got further. Late news of an earlier stage, or of an earlier attempt, changes nothing. */
export function progressed(target: Target, event: Of<'progressed'>): Target {
  const restart = spokenOf(target, event);
  if (restart === undefined || stageOf(event.phase) <= stageOf(restart.phase)) return target;
  const startedAt = restart.startedAt ?? event.at;
  const further: Restart = { ...restart, phase: event.phase, reason: '', message: event.message, startedAt };
  const next = withRestart(target, restart, further);
  return heard({ ...next, ...underWay(next, next.phase) }, event.at);
}

/** A permit's result: counts only for the attempt it names, and only while that restart is not over. */
export function reported(target: Target, event: Of<'reported'>, rules: Rules): Target {
  const restart = spokenOf(target, event);
  if (restart === undefined) return target;
  const ended = concluded(restart, event, rules);
  const next = withRestart(target, restart, ended);
  const waits =
    ended.revision === null
      ? { refusedUntil: Math.max(event.at + pauseBefore(ended, event, rules), target.refusedUntil ?? 0) }
      : {};
  return heard({ ...next, ...underWay(next, next.phase), ...waits }, event.at);
}

/** The restart under permit that an answer to the current attempt is about. */
const spokenOf = (target: Target, { attempt, workload }: Of<'progressed' | 'reported'>): Restart | undefined =>
  attempt === target.attempt
    ? target.restarts.find((restart) => isNamed(restart.workload, workload) && isPermitted(restart))
    : undefined;

/** One of many is looked for at each answer, and most differ in their names. */
const isNamed = (workload: WorkloadRef, key: string): boolean =>
  key.endsWith(workload.name) && objectKey(workload) === key;

const withRestart = (target: Target, was: Restart, now: Restart): Target => ({
  ...target,
  restarts: target.restarts.with(target.restarts.indexOf(was), now),
});

/** Of the policy, for what an agent reports. */
type Rules = Rollout['spec'];

function pauseBefore({ failures, workload }: Restart, { cluster, attempt }: Of<'reported'>, rules: Rules): number {
  const { retry } = rules.target;
  if (failures === undefined || failures === 0 || retry === undefined) return backoffMs(attempt);
  return retryPauseMs(retry, failures, `${cluster} ${objectKey(workload)} ${attempt}`);
}

/** Once every permitted restart is seen begun, the agent has them all, whatever became of its acknowledgement. */
function underWay(target: Target, otherwise: Target['phase']): Pick<Target, 'phase' | 'reason' | 'message'> {
  const { restarts, reason, message } = target;
  const known = otherwise === 'Acked' || restarts.every((restart) => hasBegun(restart) || !isPermitted(restart));
  if (!isInFlight(target) || !known || target.phase === 'Unknown') return { phase: otherwise, reason, message };
  const begun = restarts.some((restart) => hasBegun(restart) && isPermitted(restart));
  return { phase: begun ? 'Restarting' : otherwise, reason: '', message: '' };
}

const heard = (target: Target, at: Instant): Target =>
  target.permit === undefined ? target : { ...target, permit: { ...target.permit, heardAt: at } };

type Ending = Pick<Restart, 'phase' | 'reason'> | 'refused';

function endingOf(outcome: Outcome, reason: string): Ending {
  switch (outcome) {
    case 'APPLIED':
    case 'ALREADY_APPLIED':
      return { phase: 'Succeeded', reason };
    case 'SKIPPED':
      return { phase: 'Skipped', reason: reason || 'NotApplicable' };
    case 'NOT_FOUND':
      return { phase: 'Skipped', reason: 'Gone' };
    case 'ROLLOUT_FAILED':
      return { phase: 'Failed', reason: reason || 'RolloutFailed' };
    case 'TIMEOUT':
      return { phase: 'Failed', reason: reason || 'ProgressDeadline' };
    case 'PATCH_REJECTED':
      return { phase: 'Failed', reason: reason || 'PatchRejected' };
    case 'LOCALLY_DENIED':
      return { phase: 'Failed', reason: reason || 'LocallyDenied' };
    case 'STALE_REVISION':
    case 'SUPERSEDED_UID':
    case 'EXPIRED':
    case 'FENCED':
    case 'REVOKED':
      return 'refused';
  }
}

const REFUSALS: Readonly<Partial<Record<Outcome, string>>> = {
  STALE_REVISION: 'StaleRevision',
  SUPERSEDED_UID: 'Recreated',
  EXPIRED: 'PermitExpired',
  FENCED: 'Fenced',
  REVOKED: 'Revoked',
};

function concluded(restart: Restart, event: Of<'reported'>, rules: Rules): Restart {
  const { retry } = rules.target;
  const ending = endingOf(event.outcome, event.reason);
  const { message } = event;
  if (ending === 'refused')
    return refusedBy(restart, event.attempt, { reason: REFUSALS[event.outcome] ?? '', message }, event.at);
  // Success counts only for what the permit named: anything else was not seen running it.
  if (ending.phase === 'Succeeded' && event.revision !== restart.revision) {
    const why = { reason: 'StaleRevision', message: 'the agent answered for another revision than the permitted one' };
    return refusedBy(restart, event.attempt, why, event.at);
  }
  const again = triedAgain(restart, event, { retry, reason: ending.reason });
  if (again !== null) return again;
  const startedAt = event.startedAt ?? restart.startedAt;
  const seen = ending.phase === 'Succeeded' ? seenWith(rules, event.pods) : {};
  return { ...restart, ...ending, message, startedAt, finishedAt: event.at, ...seen };
}

/** What failed gets another permit after a pause; null: that was the last one. */
function triedAgain(
  restart: Restart,
  { outcome, attempt, message }: Of<'reported'>,
  { retry, reason }: Readonly<{ retry: Rules['target']['retry']; reason: string }>,
): Restart | null {
  const failures = (restart.failures ?? 0) + 1;
  if (retry === undefined || attempt >= MAX_ATTEMPT || !isTriedAgain(outcome, failures, retry)) return null;
  const told = `${message || reason}; try ${failures} of ${retry.attempts}`;
  return { ...restart, phase: 'Pending', revision: null, reason, message: told, failures };
}

/** Nothing was written: it is judged again against live facts and gets a permit of a new attempt. */
function refusedBy(restart: Restart, attempt: number, why: Pick<Restart, 'reason' | 'message'>, at: Instant): Restart {
  if (attempt < MAX_ATTEMPT) return { ...restart, ...why, phase: 'Pending', revision: null };
  const message = `refused ${MAX_ATTEMPT} times, at last: ${why.reason} ${why.message}`;
  return { ...restart, phase: 'Failed', reason: 'TooManyAttempts', message, finishedAt: at };
}
