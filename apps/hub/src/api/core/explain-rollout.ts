import { isAsked, sourcesOf } from '../../rollout/core/cause';
import { objectKey } from '@app/contracts/objects';
import { isTerminalRollout, isTerminalTarget } from '@app/contracts/phases';
import { REASONS } from '@app/contracts/reasons/reasons';
import { RETURN_MS } from '../../change/gathering/core/patience';
import { closedOn } from '../../rollout/core/gates';
import { restartWhy } from '../../rollout/core/limited';
import type { Restart, Rollout, Target } from '../../rollout/core/model';
import { isOver } from '../../rollout/core/state';
import { type Answer, because, type Evidence, pass, stop, usedBy } from './evidence';

/** Whether the policy has had time to see what else changes. */
export function changeGathered(evidence: Evidence): Answer | undefined {
  if (evidence.gathered === null || carriesNewest(evidence)) return undefined;
  const { closesAt, awaitsAgents } = evidence.gathered;
  const detail =
    awaitsAgents || closesAt === null
      ? `no rollout is planned yet: it waits for agents that lost contact a moment ago, ${RETURN_MS / 1000} s in all at most`
      : `no rollout is planned yet: the policy gathers what changes close together, until ${new Date(closesAt).toISOString()}`;
  const waits = stop('ChangeGathered', detail, 'Wait: a rollout follows by itself; or start one by hand.');
  return isCarried(evidence) ? { ...waits, goesOn: true } : waits;
}

export function rolloutActive(evidence: Evidence): Answer {
  if (evidence.rejected)
    return stop('RolloutActive', LEFT_ALONE, 'Start a rollout by hand: it takes the place of the one under way.');
  const found = carrying(evidence);
  if (!found) {
    const last = concerning(evidence)[0];
    const without = unplanned(evidence, last) ?? leftOut(evidence, last);
    if (without) return without;
    if (last) return lastEnded(last);
    return stop(
      'RolloutActive',
      'no rollout carries the change now',
      'It is about to be looked at, or an earlier rollout ended without this workload: see its rollouts, and start one by hand.',
    );
  }
  const { rollout } = found;
  const { id, phase, reason, message } = rollout;
  if (phase === 'Running' || (phase === 'Queued' && !AFTER_OTHERS.has(reason)))
    return pass('RolloutActive', `rollout ${id} is ${phase}`);
  return stop(
    'RolloutActive',
    `rollout ${id} is ${phase}: ${because(reason, message, phase)}`,
    NEXT_BY_PHASE[phase] ?? `Wait for rollout ${id} to end.`,
  );
}

const LEFT_ALONE =
  'Rejected: the change came while a rollout was under way, and the policy has such changes left alone (supersede.policy: reject)';

/** Reasons of a rollout that does not begin because its policy comes after others. */
const AFTER_OTHERS: ReadonlySet<string> = new Set(['PolicyOrder', 'Deadlock']);

const NEXT_BY_PHASE: Readonly<Record<string, string>> = {
  Draft: 'Start the rollout.',
  Queued: 'Let the rollouts that it waits for end, or end one of them.',
  Pausing: 'Resume the rollout.',
  Paused: 'Resume the rollout.',
  Halted: 'Repair what failed and retry, or skip it, or resume with the failures accepted.',
};

export function notDrained({ connection }: Evidence): Answer | undefined {
  return connection?.drained
    ? stop('NotDrained', 'the cluster is drained: nothing new starts in it', 'Undrain the cluster.')
    : undefined;
}

/** What the cluster's wave, or one that it comes after, stands at. */
export function gatesPassed(evidence: Evidence): Answer | undefined {
  const found = carrying(evidence);
  const wave = found?.rollout.waves.find(({ name }) => name === found.target.wave);
  if (!found || !wave || wave.startedAt !== null || isTerminalTarget(found.target.phase)) return undefined;
  const before = found.rollout.waves.filter(({ name }) => wave.dependsOn.includes(name));
  const waits = [...gateWaitsOn(wave, 'before'), ...before.flatMap((each) => gateWaitsOn(each, 'after'))];
  const [first] = waits;
  if (first === undefined) return undefined;
  const detail = waits.map(({ reason, message }) => because(reason, message, reason)).join('; ');
  const asks = waits.find(({ rule }) => rule.type === 'approval');
  const next = asks === undefined ? `Wait: ${first.message}.` : `Approve or reject gate ${asks.id}.`;
  return stop('GatesPassed', `wave ${wave.name} stands at a gate: ${detail}`, next);
}

const gateWaitsOn = (wave: Rollout['waves'][number], side: 'before' | 'after') =>
  closedOn(wave, side).filter(({ state }) => state === 'Open');

export function targetState(evidence: Evidence): Answer | undefined {
  const found = carrying(evidence);
  if (!found) return undefined;
  const { target, rollout } = found;
  const where = `wave ${target.wave} of rollout ${rollout.id}`;
  const why = because(target.reason, target.message, target.phase);
  if (target.phase === 'Pending' || target.phase === 'Blocked' || target.phase === 'Deferred') {
    const next = waitText(target, why);
    return stop('TargetReleased', `the cluster is ${target.phase} in ${where}: ${why}`, next);
  }
  if (isTerminalTarget(target.phase)) {
    const past = isPast(evidence, found) ? ', with older content than the source holds now' : '';
    const next = past === '' && target.reason !== 'Left' ? 'See the rollout for what can be done.' : FOLLOWS;
    return stop('TargetReleased', `the cluster is ${target.phase} in ${where}: ${why}${past}`, next);
  }
  return pass('TargetReleased', `the cluster is ${target.phase} in ${where}`);
}

const FOLLOWS = 'Wait: a rollout follows by itself when this one is over; or cancel this one.';

/** What the rollout was to bring there is not what the workload waits for now. */
function isPast({ workload }: Evidence, { rollout, target }: Carried): boolean {
  const { source } = rollout.cause;
  if (source === null || target.expected === null || workload === undefined) return false;
  const revision = usedBy(workload, source)?.revision ?? null;
  return revision !== null && revision !== target.expected;
}

export function restartState(evidence: Evidence): Answer | undefined {
  const found = carrying(evidence);
  if (!found) return undefined;
  const { restart, target } = found;
  if (!restart)
    return stop(
      'RestartPermitted',
      'the rollout does not hold this workload',
      'It joins with the next rollout of the source.',
    );
  const told = restartWhy(target, restart);
  const why = because(told.reason, told.message, restart.phase);
  if (told.reason !== '' && told.reason !== restart.reason)
    return stop('RestartPermitted', `not yet: ${why}`, waitText(told, why));
  if (restart.phase === 'Failed')
    return stop('RestartPermitted', `the restart failed: ${why}`, 'Repair the workload, then retry the rollout.');
  return pass('RestartPermitted', `the restart is ${why}`);
}

/** What it waits for, until when, and what a person can do who does not want to wait. */
function waitText({ reason, until }: Readonly<{ reason: string; until: number | null }>, why: string): string {
  const remedy = (REMEDIES.get(reason) ?? '').replace(/^Wait[,;] or (.)/, 'Or $1');
  return `Wait: ${why}.${untilText(until)}${remedy === '' ? '' : ` ${remedy}`}`;
}

const REMEDIES: ReadonlyMap<string, string> = new Map(
  Object.values(REASONS).flatMap((group) => Object.entries(group).map(([code, { remedy }]) => [code, remedy] as const)),
);

const untilText = (until: number | null): string =>
  until === null ? '' : ` It waits until ${new Date(until).toISOString()}.`;

type Carried = Readonly<{ rollout: Rollout; target: Target; restart: Restart | undefined }>;

/** Rollouts of a source that the workload reacts to, with this cluster as a target; newest first. */
function concerning({ rollouts, cluster, workloadRef, sourceRef, workload }: Evidence): readonly Carried[] {
  const carries = (cause: Rollout['cause'], restart: Restart | undefined): boolean => {
    if (isAsked(cause)) return restart !== undefined && sourceRef === null;
    return sourcesOf(cause).some((source) =>
      sourceRef
        ? objectKey(sourceRef) === objectKey(source)
        : workload !== undefined && usedBy(workload, source) !== undefined,
    );
  };
  return rollouts.flatMap((rollout): Carried[] => {
    const target = rollout.targets.get(cluster);
    if (!target) return [];
    const restart = target.restarts.find((one) => objectKey(one.workload) === objectKey(workloadRef));
    return !carries(rollout.cause, restart) ? [] : [{ rollout, target, restart }];
  });
}

/** The newest of them that is not over. */
const carrying = (evidence: Evidence): Carried | undefined =>
  concerning(evidence).find(({ rollout }) => !isTerminalRollout(rollout.phase));

/** Somebody was faster than what is gathered: a rollout that is not over brings what the source holds. */
function carriesNewest(evidence: Evidence): boolean {
  const expected = carrying(evidence)?.target.expected ?? null;
  return expected !== null && expected === evidence.source?.revision;
}

/** Whether a rollout that is not over is concerned with the workload. */
export const isCarried = (evidence: Evidence): boolean => carrying(evidence) !== undefined;

/** Whether a rollout has yet to come to its end for the workload. */
export function isUnderWay(evidence: Evidence): boolean {
  const found = carrying(evidence);
  return found?.restart !== undefined && !isOver(found.restart) && !isTerminalTarget(found.target.phase);
}

/** No plan could be made for the change, which is newer than whatever came of the cluster's rollouts. */
function unplanned(
  { unplanned: planless, workload, sourceRef }: Evidence,
  last: Carried | undefined,
): Answer | undefined {
  if (!isNewer(planless, last) || !isAbout(planless, { workload, sourceRef })) return undefined;
  const { id, reason, message } = planless;
  return stop(
    'RolloutActive',
    `no rollout carries the change now; the last one, ${id}, ended Failed: ${because(reason, message, reason)}`,
    'Change what it names, then start a rollout of the source by hand.',
  );
}

/** The change is carried, or was, and its waves had no place for the cluster. */
function leftOut({ leftOut: elsewhere, cluster, ...asked }: Evidence, last: Carried | undefined): Answer | undefined {
  if (!isNewer(elsewhere, last) || !isAbout(elsewhere, asked)) return undefined;
  const { id, policy } = elsewhere;
  return stop(
    'RolloutActive',
    `NoWave: rollout ${id} leaves cluster ${cluster} alone: no wave of policy ${policy.name} version ${policy.version} had a place for it (unassigned: ignore)`,
    TAKE_IT,
  );
}

/** What helps a cluster that no wave takes. */
export const TAKE_IT =
  'Let a wave of the policy take the cluster: by its labels, its name, a larger size, or "rest: true"; or set unassigned: rest.';

const isNewer = (rollout: Rollout | undefined, last: Carried | undefined): rollout is Rollout =>
  rollout !== undefined && (last === undefined || last.rollout.createdAt <= rollout.createdAt);

const isAbout = ({ cause }: Rollout, { workload, sourceRef }: Pick<Evidence, 'workload' | 'sourceRef'>): boolean =>
  sourcesOf(cause).some((source) =>
    sourceRef ? objectKey(sourceRef) === objectKey(source) : workload && usedBy(workload, source),
  );

function lastEnded({ rollout, target, restart }: Carried): Answer {
  const { reason, message, phase } = restart ?? target;
  const detail = `no rollout carries the change now; the last one, ${rollout.id}, ended ${rollout.phase}, and here ${phase}: ${because(reason, message, phase)}`;
  return stop('RolloutActive', detail, NEXT_AFTER[phase] ?? 'Start a rollout by hand, unless one follows by itself.');
}

const NEXT_AFTER: Readonly<Record<string, string>> = {
  Succeeded: 'Wait a moment: what has changed since is looked at by itself; or start a rollout by hand.',
  Failed: 'Repair what the last rollout failed on, then start one by hand.',
};
