import { approverText, type Bearer, isAmong } from '@app/contracts/policy/approvers';
import { aged, type Gate, hasApproved } from './gate';
import { findGate } from './gates';
import type { Instant, Rollout } from './model';

export type GateVerb = 'approve' | 'reject';

/** Why somebody's decision is not taken: the gate does not permit it now, or this person may not. */
export type GateRefusal = Readonly<{
  type: 'conflict' | 'forbidden';
  /** Stable code. */
  reason: string;
  message: string;
  /** What others may decide about the gate now. */
  allowed: readonly GateVerb[];
  gate: Gate;
}>;

/** `done`: it is so already, nothing is left to do. */
export type GateVerdict = Readonly<{ type: 'go' } | { type: 'done' } | { type: 'unknown' } | GateRefusal>;

/** What may be decided about a gate as it is. */
function gateVerbs({ state, rule }: Gate): readonly GateVerb[] {
  if (state !== 'Open' || rule.type === 'wait') return [];
  return rule.type === 'approval' ? ['approve', 'reject'] : ['approve'];
}

type Asked = Readonly<{ verb: GateVerb; bearer: Bearer; at: Instant }>;

/** Whether this person may decide so about the gate now. What was decided is not taken back. */
export function judgeDecision(rollout: Rollout, id: string, { verb, bearer, at }: Asked): GateVerdict {
  const found = findGate(rollout, id);
  if (found === undefined) return { type: 'unknown' };
  const gate = aged(found.gate, at);
  if (isDone(gate, verb, bearer.name)) return { type: 'done' };
  if (!gateVerbs(gate).includes(verb)) return conflict(gate, verb);
  return forbidden(rollout, gate, bearer) ?? { type: 'go' };
}

function isDone(gate: Gate, verb: GateVerb, actor: string): boolean {
  if (verb === 'reject') return gate.state === 'Rejected' && gate.rejected?.actor === actor;
  return gate.state === 'Approved' || (gate.state === 'Open' && hasApproved(gate, actor));
}

const WHY: Readonly<Record<Gate['state'], string>> = {
  NotOpen: 'its wave has not come to it yet, and nobody knows what there will be to decide',
  Open: 'it is not for people to decide',
  Approved: 'what was approved stays approved: pause or cancel the rollout instead',
  Passed: 'its time came, and what it guarded has gone on: pause or cancel the rollout instead',
  Rejected: 'it was rejected: resume the rollout, and it is asked once more',
  Expired: 'it has expired: resume the rollout, and it is asked once more',
  Void: 'nothing depends on it any more',
};

function conflict(gate: Gate, verb: GateVerb): GateRefusal {
  const told = gate.state === 'Open' ? gate.rule.type : gate.state;
  return {
    type: 'conflict',
    reason: `Gate${gate.state}`,
    message: `gate ${gate.id} is ${told} and can not be asked to ${verb}: ${WHY[gate.state]}`,
    allowed: gateVerbs(gate),
    gate,
  };
}

function forbidden({ cause, starter }: Rollout, gate: Gate, bearer: Bearer): GateRefusal | null {
  const { rule, id } = gate;
  if (rule.type !== 'approval') return null;
  const no = { type: 'forbidden', allowed: gateVerbs(gate), gate } as const;
  if (rule.notRequester && (cause.actor === bearer.name || starter === bearer.name)) {
    const message = `${bearer.name} started the rollout: gate ${id} is for somebody else to decide`;
    return { ...no, reason: 'SELF_APPROVAL', message };
  }
  if (rule.approvers === null || isAmong(rule.approvers, bearer)) return null;
  const names = rule.approvers.map(approverText).join(' or ');
  return { ...no, reason: 'NOT_APPROVER', message: `gate ${id} is for ${names} to decide, and ${bearer.name} is none` };
}
