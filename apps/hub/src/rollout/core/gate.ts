import type { GateState } from '@app/contracts/api/gates';
import { approverText } from '@app/contracts/policy/approvers';
import type { ResolvedGate } from '@app/contracts/policy/resolved';
import { nextTime } from './gate-schedule';

/** Epoch milliseconds. */
type Instant = number;

/** What one person said about a gate. */
export type Decision = Readonly<{ actor: string; at: Instant; why: string }>;

/** A gate of one wave of one rollout; the rule is frozen with the rollout. */
export type Gate = Readonly<{
  /** `<rollout>.<wave>.<side>.<name>` */
  id: string;
  rule: ResolvedGate;
  state: GateState;
  /** Both empty before it opens. */
  reason: string;
  message: string;
  openedAt: Instant | null;
  /** Since it opened: when an approval expires, or the others pass by themselves; null: never. */
  until: Instant | null;
  /** Approvals; of others than approvals: who let it through before its time. */
  given: readonly Decision[];
  rejected: Decision | null;
}>;

const UNTOUCHED = { reason: '', message: '', openedAt: null, until: null, given: [], rejected: null } as const;

export const gateId = (rollout: string, wave: string, { side, name }: ResolvedGate): string =>
  `${rollout}.${wave}.${side}.${name}`;

export const newGate = (id: string, rule: ResolvedGate): Gate => ({ id, rule, state: 'NotOpen', ...UNTOUCHED });

/** What it guards may go on. */
export const hasPassed = ({ state }: Gate): boolean => state === 'Approved' || state === 'Passed';
/** It has stopped the rollout. */
export const hasRefused = ({ state }: Gate): boolean => state === 'Rejected' || state === 'Expired';

/** Of a gate that is not open yet: decisions count from now on, and time does. */
export const opened = (gate: Gate, at: Instant): Gate =>
  aged(told({ ...gate, state: 'Open', openedAt: at, until: untilOf(gate.rule, at), given: [], rejected: null }), at);

function untilOf(rule: ResolvedGate, at: Instant): Instant | null {
  switch (rule.type) {
    case 'approval':
      return rule.expiresAfterMs === null ? null : at + rule.expiresAfterMs;
    case 'schedule':
      return nextTime(rule.at, rule.zone, at);
    case 'wait':
      return at + rule.forMs;
  }
}

/** What time alone does to it. */
export function aged(gate: Gate, at: Instant): Gate {
  if (gate.state !== 'Open' || gate.until === null || at < gate.until) return gate;
  if (gate.rule.type !== 'approval')
    return { ...gate, state: 'Passed', reason: 'GatePassed', message: 'its time came' };
  const few = `${gate.given.length} of ${gate.rule.count} approvals were given to gate ${gate.id} by ${text(gate.until)}`;
  if (gate.rule.onExpire === 'reject') return { ...gate, state: 'Expired', reason: 'ApprovalExpired', message: few };
  if (gate.reason === 'ApprovalOverdue') return gate;
  return { ...gate, reason: 'ApprovalOverdue', message: `${few}; it still waits for the others${whoMay(gate.rule)}` };
}

/** Somebody lets it through: an approval, or a schedule before its time. Whoever did before changes nothing. */
export function approved(gate: Gate, decision: Decision): Gate {
  if (gate.state !== 'Open' || gate.rule.type === 'wait' || hasApproved(gate, decision.actor)) return gate;
  const next = { ...gate, given: [...gate.given, decision] };
  const enough = gate.rule.type !== 'approval' || next.given.length >= gate.rule.count;
  if (!enough) return aged(told(next), decision.at);
  const reason = gate.rule.type === 'approval' ? 'Approved' : 'CompletedEarly';
  return { ...next, state: 'Approved', reason, message: `approved ${next.given.map(by).join('; ')}` };
}

export const hasApproved = ({ given }: Gate, actor: string): boolean => given.some((each) => each.actor === actor);

export function rejected(gate: Gate, decision: Decision): Gate {
  if (gate.state !== 'Open' || gate.rule.type !== 'approval') return gate;
  const message = `gate ${gate.id} was rejected ${by(decision)}`;
  return { ...gate, state: 'Rejected', rejected: decision, reason: 'ApprovalRejected', message };
}

/** After a refusal: it opens once more, and everybody is asked again. */
export const askedAgain = (gate: Gate): Gate => (hasRefused(gate) ? { ...gate, state: 'NotOpen', ...UNTOUCHED } : gate);

/** Nothing depends on it any more. What was decided stays. */
export const voided = (gate: Gate): Gate =>
  gate.state === 'NotOpen' || gate.state === 'Open'
    ? { ...gate, state: 'Void', reason: 'NotNeeded', message: 'its wave or its rollout is over, or had nothing to do' }
    : gate;

/** An Open gate with what it waits for. */
function told(gate: Gate): Gate {
  const { rule, id, until, given } = gate;
  switch (rule.type) {
    case 'approval': {
      const so = given.length === 0 ? '' : `; approved ${given.map(by).join('; ')}`;
      const ends = until === null ? '' : ` until ${text(until)}`;
      const left = `${rule.count - given.length} more ${rule.count - given.length === 1 ? 'approval' : 'approvals'}`;
      const wants = given.length === 0 ? left.replace(' more', '') : left;
      return { ...gate, reason: 'Approval', message: `gate ${id} waits for ${wants}${whoMay(rule)}${ends}${so}` };
    }
    case 'schedule': {
      const when = until === null ? 'a time that never comes' : text(until);
      return { ...gate, reason: 'Schedule', message: `gate ${id} waits for ${when} (${rule.zone})` };
    }
    case 'wait':
      return { ...gate, reason: 'Wait', message: `gate ${id} waits until ${text(until ?? 0)}` };
  }
}

const whoMay = ({ approvers, notRequester }: Extract<ResolvedGate, { type: 'approval' }>): string =>
  `${approvers === null ? '' : ` by ${approvers.map(approverText).join(' or ')}`}${
    notRequester ? ', not by who started the rollout' : ''
  }`;

const by = ({ actor, why }: Decision): string => `by ${actor}${why === '' ? '' : `: ${why}`}`;
const text = (at: Instant): string => new Date(at).toISOString();
