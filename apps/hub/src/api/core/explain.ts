import type { ExplainView } from '@app/contracts/api/views';
import { objectKey } from '@app/contracts/objects';
import { isPending } from '@app/contracts/wire/facts';
import { type Answer, because, type Check, type Evidence, pass, stop, usedBy } from './evidence';
import { NOT_FOLLOWED } from './workload-view';
import {
  changeGathered,
  gatesPassed,
  isCarried,
  isUnderWay,
  notDrained,
  restartState,
  rolloutActive,
  TAKE_IT,
  targetState,
} from './explain-rollout';

const QUESTIONS: readonly ((evidence: Evidence) => Answer | undefined)[] = [
  clusterKnown,
  agentOnline,
  workloadKnown,
  optedIn,
  sourceUsed,
  revisionMoved,
  policyMatched,
  waveTakes,
  hubKnows,
  sourceCalm,
  changeGathered,
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
  const next = NEXT_BY_STATE[state] ?? 'Bring the agent back: it reports and restarts as soon as it is connected.';
  return { ...stop('AgentOnline', `its agent is ${why}`, next), goesOn: true };
}

const NEXT_BY_STATE: Readonly<Record<string, string>> = {
  Pending: 'Approve the cluster.',
  Revoked: 'Enrol the cluster anew with a new token, after its agent has lost its old identity; or remove it.',
};

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
    NEXT_BY_REASON[workload.reason] ?? 'Annotate the workload, for example with fleet-reloader.io/auto: "true".',
  );
}

/** What helps when a workload is left alone and an annotation would not. */
const NEXT_BY_REASON: Readonly<Record<string, string>> = {
  NothingReferenced: 'Use a source in its pod template, or name one in an annotation.',
  OwnedByCronJob: 'Nothing: ask about its CronJob.',
  WorkloadRef: 'Nothing: ask about what refers to it.',
};

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

function revisionMoved(evidence: Evidence): Answer | undefined {
  const { workload, sourceRef } = evidence;
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
  if (workload.state === 'Failed') return brokenByIt(evidence, workload);
  const current = stop('RevisionMoved', currentText(workload), 'Nothing: there is no change to bring to it.');
  // A rollout that has to end for it is told all the same: its source may be gone, or its pods be on their way.
  return isUnderWay(evidence) ? { check: current.check } : current;
}

/** It has the revision, and does not run with it: then the rollout that carries it, if any, is told, too. */
function brokenByIt(evidence: Evidence, { want, reason, message }: NonNullable<Evidence['workload']>): Answer {
  const why = because(reason, message, 'its pods do not get ready');
  const failed = stop(
    'RevisionMoved',
    `it was restarted for the present revision ${want ?? ''}, and failed: ${why}`,
    'Repair the workload; then retry the rollout, if one halted on it.',
  );
  return isCarried(evidence) ? { ...failed, goesOn: true } : failed;
}

function currentText({ have, proof, sources, reason, message }: NonNullable<Evidence['workload']>): string {
  const known = proof === 'unknown' ? 'as first seen; what it ran before is not known' : `proof: ${proof}`;
  const gone = sources.filter(({ revision }) => revision === null).map(({ kind, name }) => `${kind} ${name}`);
  const but = gone.length === 0 ? '' : `; ${gone.join(', ')} does not exist in the cluster`;
  const ignoring = reason === 'KeysIgnored' ? `; ${message}` : '';
  return `it runs the present revision ${have ?? ''} (${known})${but}${ignoring}`;
}

function policyMatched({ policy }: Evidence): Answer {
  if (!policy)
    return stop(
      'PolicyMatched',
      'no enabled policy matches the source and the cluster',
      'Write a policy that matches, or enable one.',
    );
  const urgency = policy.urgency === 'rotation' ? '' : ` (urgency ${policy.urgency})`;
  const text = `policy ${policy.name} version ${policy.version}${urgency}`;
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
  return pass('PolicyMatched', `${text} carries the change${annotationsText(policy)}`);
}

/** What a rollout carries already was taken by a wave, whatever the policy says now. */
function waveTakes(evidence: Evidence): Answer | undefined {
  const { cluster, policy } = evidence;
  if (!policy?.untaken || isCarried(evidence)) return undefined;
  return stop(
    'WaveTakes',
    `NoWave: no wave of policy ${policy.name} version ${policy.version} takes cluster ${cluster}, and it has such clusters left alone (unassigned: ignore)`,
    TAKE_IT,
  );
}

function hubKnows({ recovering }: Evidence): Answer | undefined {
  if (recovering === null) return undefined;
  if (recovering === 0)
    return stop(
      'HubKnows',
      'Recovering: the hub lost its store, and waits for a backup of it',
      'Bring it with reloadctl apply; without one the hub goes on within five minutes.',
    );
  return stop(
    'HubKnows',
    `Recovering: the hub lost its store, and ${recovering} clusters have not said where they stand`,
    'Bring their agents back; remove or revoke clusters that are no more.',
  );
}

/** What becomes of the wishes that annotations hold. */
function annotationsText({ notFollowed, override }: NonNullable<Evidence['policy']>): string {
  const but = notFollowed === undefined ? '' : `, and not "${notFollowed}": ${NOT_FOLLOWED}`;
  if (override === undefined) return but;
  const what = override.allowed ? 'which may narrow its waves' : 'which it does not allow';
  return `${but}; the source asks for "${override.text}", ${what}`;
}

function sourceCalm({ quarantinedUntil }: Evidence): Answer | undefined {
  if (quarantinedUntil === null) return undefined;
  return stop(
    'SourceCalm',
    `Quarantined: the source changes too often and is left alone until ${new Date(quarantinedUntil).toISOString()}`,
    'Stop what keeps changing it, or start a rollout by hand; else it is carried once it has been quiet.',
  );
}
