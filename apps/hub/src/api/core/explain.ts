import type { ExplainView } from '@app/contracts/api/views';
import { objectKey, type SourceRef, type WorkloadRef } from '@app/contracts/objects';
import { isTerminalRollout, isTerminalTarget } from '@app/contracts/phases';
import { isPending, type SourceFact, type UsedSource, type WorkloadFact } from '@app/contracts/wire/facts';
import { closedOn } from '../../rollout/core/gates';
import { restartWhy } from '../../rollout/core/limited';
import type { Instant, Restart, Rollout, Target } from '../../rollout/core/model';

/** Everything that the hub knows when somebody asks why a workload did, or did not, restart. */
export type Evidence = Readonly<{
  cluster: string;
  workloadRef: WorkloadRef;
  /** The source that the question names; null: any. */
  sourceRef: SourceRef | null;
  /** Undefined: no such cluster is registered. */
  connection: Readonly<{ state: string; reason: string; drained: boolean }> | undefined;
  workload: WorkloadFact | undefined;
  /** The source's own fact, when the question names one. */
  source: SourceFact | undefined;
  /** The policy that would carry a change of the source; undefined: none matches, or no source is known to ask about. */
  policy: Readonly<{ name: string; version: number; start: string; takes: boolean }> | undefined;
  /** Until when the source is left alone because it changes too often; null: it is not. */
  quarantinedUntil: Instant | null;
  /** The latest rollouts with this cluster as a target, over or not; newest first. */
  rollouts: readonly Rollout[];
}>;

type Check = ExplainView['checks'][number];
/** A check that failed says what comes next; what lies behind it is looked at only when it `goesOn`. */
type Answer = Readonly<{ check: Check; next?: string; goesOn?: boolean }>;

const pass = (check: string, detail: string): Answer => ({ check: { check, ok: true, detail } });
const stop = (check: string, detail: string, next: string): Answer => ({ check: { check, ok: false, detail }, next });

const QUESTIONS: readonly ((evidence: Evidence) => Answer | undefined)[] = [
  clusterKnown,
  agentOnline,
  workloadKnown,
  optedIn,
  sourceUsed,
  revisionMoved,
  policyMatched,
  sourceCalm,
  rolloutActive,
  notDrained,
  gatesPassed,
  targetState,
  restartState,
];

/** Asks question after question, in the order in which a change travels, up to the first no. */
export function explain(evidence: Evidence): ExplainView {
  const checks: Check[] = [];
  let next: string | undefined;
  for (const ask of QUESTIONS) {
    const answer = ask(evidence);
    if (!answer) continue;
    checks.push(answer.check);
    next ??= answer.next;
    if (answer.next !== undefined && answer.goesOn !== true) break;
  }
  return { checks, next: next ?? 'The restart is under way; watch the rollout for how it ends.' };
}

function clusterKnown({ cluster, connection }: Evidence): Answer {
  if (connection) return pass('ClusterKnown', `cluster ${cluster} is registered`);
  return stop('ClusterKnown', `no cluster ${cluster} is registered`, 'Enrol the cluster, or correct the name.');
}

/** Without a session what the hub knows may be old; it is still worth telling. */
function agentOnline({ connection }: Evidence): Answer | undefined {
  if (!connection) return undefined;
  const { state, reason } = connection;
  if (state === 'Online') return pass('AgentOnline', 'its agent is connected');
  const why = reason === '' ? state : `${state} (${reason})`;
  const next =
    state === 'Pending'
      ? 'Approve the cluster.'
      : 'Bring the agent back: it reports and restarts as soon as it is connected.';
  return { ...stop('AgentOnline', `its agent is ${why}`, next), goesOn: true };
}

function workloadKnown({ workload, workloadRef, cluster }: Evidence): Answer {
  const key = objectKey(workloadRef);
  if (workload) return pass('WorkloadKnown', `the agent reports ${key}`);
  return stop(
    'WorkloadKnown',
    `the agent of ${cluster} reports no ${key}`,
    'Check kind, namespace and name, and the namespaces that the agent watches.',
  );
}

function optedIn({ workload }: Evidence): Answer | undefined {
  if (!workload) return undefined;
  if (workload.state !== 'Ignored') return pass('OptedIn', 'it is annotated to be restarted');
  return stop(
    'OptedIn',
    because(workload.reason, workload.message, 'nothing opts it in'),
    'Annotate the workload, for example with fleet-reloader.io/auto: "true".',
  );
}

function sourceUsed({ workload, sourceRef }: Evidence): Answer | undefined {
  if (!workload || !sourceRef) return undefined;
  const key = objectKey(sourceRef);
  if (usedBy(workload, sourceRef)) return pass('SourceUsed', `it reacts to ${key}`);
  const names = workload.sources.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return stop(
    'SourceUsed',
    `it does not react to ${key}; it reacts to ${names === '' ? 'nothing' : names}`,
    'Reference the source in the pod template, or name it in an annotation.',
  );
}

function revisionMoved({ workload, sourceRef }: Evidence): Answer | undefined {
  if (!workload) return undefined;
  const used = sourceRef ? usedBy(workload, sourceRef) : undefined;
  if (used && used.revision === null) {
    return stop(
      'RevisionMoved',
      `${used.kind} ${used.name} does not exist in the cluster`,
      'Create the source: its first content is not a change that restarts.',
    );
  }
  if (isPending(workload))
    return pass(
      'RevisionMoved',
      `it runs ${workload.have ?? 'an unknown revision'} and should run ${workload.want ?? ''}`,
    );
  const known =
    workload.proof === 'unknown' ? 'as first seen; what it ran before is not known' : `proof: ${workload.proof}`;
  return stop(
    'RevisionMoved',
    `it runs the present revision ${workload.have ?? ''} (${known})`,
    'Nothing: there is no change to bring to it.',
  );
}

function policyMatched({ policy }: Evidence): Answer {
  if (!policy)
    return stop(
      'PolicyMatched',
      'no enabled policy matches the source and the cluster',
      'Write a policy that matches, or enable one.',
    );
  const text = `policy ${policy.name} version ${policy.version}`;
  if (policy.start === 'off')
    return stop(
      'PolicyMatched',
      `${text} has start: off`,
      'Set start to auto or manual in the policy, or start a rollout by hand.',
    );
  if (!policy.takes)
    return stop(
      'PolicyMatched',
      `${text} leaves workloads of this kind, or with these labels, alone`,
      'Widen match.workloads of the policy.',
    );
  return pass('PolicyMatched', `${text} carries the change`);
}

function sourceCalm({ quarantinedUntil }: Evidence): Answer | undefined {
  if (quarantinedUntil === null) return undefined;
  return stop(
    'SourceCalm',
    `Quarantined: the source changes too often and is left alone until ${new Date(quarantinedUntil).toISOString()}`,
    'Stop what keeps changing it, or start a rollout by hand; else it is carried once it has been quiet.',
  );
}

function rolloutActive(evidence: Evidence): Answer {
  const found = carrying(evidence);
  if (!found) {
    const last = concerning(evidence)[0];
    if (last) return lastEnded(last);
    return stop(
      'RolloutActive',
      'no rollout carries the change now',
      'It waits for the policy to coalesce changes and for agents that lost contact a moment ago (the hub logs which), or an earlier rollout ended without this workload: see its rollouts, and start one by hand.',
    );
  }
  const { rollout } = found;
  const { id, phase, reason, message } = rollout;
  if (phase === 'Queued' || phase === 'Running') return pass('RolloutActive', `rollout ${id} is ${phase}`);
  return stop(
    'RolloutActive',
    `rollout ${id} is ${phase}: ${because(reason, message, phase)}`,
    NEXT_BY_PHASE[phase] ?? `Wait for rollout ${id} to end.`,
  );
}

const NEXT_BY_PHASE: Readonly<Record<string, string>> = {
  Draft: 'Start the rollout.',
  Pausing: 'Resume the rollout.',
  Paused: 'Resume the rollout.',
  Halted: 'Repair what failed and retry, or skip it, or resume with the failures accepted.',
};

function notDrained({ connection }: Evidence): Answer | undefined {
  return connection?.drained
    ? stop('NotDrained', 'the cluster is drained: nothing new starts in it', 'Undrain the cluster.')
    : undefined;
}

/** What the cluster's wave, or one that it comes after, stands at. */
function gatesPassed(evidence: Evidence): Answer | undefined {
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

function targetState(evidence: Evidence): Answer | undefined {
  const found = carrying(evidence);
  if (!found) return undefined;
  const { target, rollout } = found;
  const where = `wave ${target.wave} of rollout ${rollout.id}`;
  const why = because(target.reason, target.message, target.phase);
  if (target.phase === 'Pending' || target.phase === 'Blocked' || target.phase === 'Deferred') {
    const next = `Wait: ${why}.${untilText(target.until)}`;
    return stop('TargetReleased', `the cluster is ${target.phase} in ${where}: ${why}`, next);
  }
  if (isTerminalTarget(target.phase))
    return stop(
      'TargetReleased',
      `the cluster is ${target.phase} in ${where}: ${why}`,
      'See the rollout for what can be done.',
    );
  return pass('TargetReleased', `the cluster is ${target.phase} in ${where}`);
}

function restartState(evidence: Evidence): Answer | undefined {
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
    return stop('RestartPermitted', `not yet: ${why}`, `Wait: ${why}.${untilText(told.until)}`);
  if (restart.phase === 'Failed')
    return stop('RestartPermitted', `the restart failed: ${why}`, 'Repair the workload, then retry the rollout.');
  return pass('RestartPermitted', `the restart is ${why}`);
}

const untilText = (until: number | null): string =>
  until === null ? '' : ` It waits until ${new Date(until).toISOString()}.`;

type Carried = Readonly<{ rollout: Rollout; target: Target; restart: Restart | undefined }>;

/** Rollouts of a source that the workload reacts to, with this cluster as a target; newest first. */
function concerning({ rollouts, cluster, workloadRef, sourceRef, workload }: Evidence): readonly Carried[] {
  const carries = (source: SourceRef | null, restart: Restart | undefined): boolean => {
    if (source === null) return restart !== undefined && sourceRef === undefined;
    if (sourceRef) return objectKey(sourceRef) === objectKey(source);
    return workload !== undefined && usedBy(workload, source) !== undefined;
  };
  return rollouts.flatMap((rollout): Carried[] => {
    const target = Object.hasOwn(rollout.targets, cluster) ? rollout.targets[cluster] : undefined;
    if (!target) return [];
    const restart = target.restarts.find((one) => objectKey(one.workload) === objectKey(workloadRef));
    return !carries(rollout.cause.source, restart) ? [] : [{ rollout, target, restart }];
  });
}

/** The newest of them that is not over. */
const carrying = (evidence: Evidence): Carried | undefined =>
  concerning(evidence).find(({ rollout }) => !isTerminalRollout(rollout.phase));

function lastEnded({ rollout, target, restart }: Carried): Answer {
  const { reason, message, phase } = restart ?? target;
  const detail = `no rollout carries the change now; the last one, ${rollout.id}, ended ${rollout.phase}, and here ${phase}: ${because(reason, message, phase)}`;
  return stop('RolloutActive', detail, 'Repair what the last rollout failed on, then start one by hand.');
}

const usedBy = (workload: WorkloadFact, source: SourceRef): UsedSource | undefined =>
  workload.namespace === source.namespace
    ? workload.sources.find(({ kind, name }) => kind === source.kind && name === source.name)
    : undefined;

/** Code and sentence as one text. */
function because(reason: string, message: string, otherwise: string): string {
  if (message !== '') return reason === '' ? message : `${reason}: ${message}`;
  return reason === '' ? otherwise : reason;
}
