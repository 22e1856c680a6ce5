import type { GateView } from '@app/contracts/api/gates';
import type { PlanView } from '@app/contracts/api/views';
import { approverText } from '@app/contracts/policy/approvers';
import type { ResolvedGate } from '@app/contracts/policy/resolved';
import type { Decision, Gate } from '../../rollout/core/gate';
import { timeOrNull, timeText } from '../../platform/core/times';

const decisionView = ({ actor, at, why }: Decision): GateView['approvals'][number] => ({
  ...{ actor, at: timeText(at), reason: why },
});

/** A gate as the API shows it. */
export function gateView(rollout: string, wave: string, gate: Gate): GateView {
  const { id, rule, state, reason, message, given, rejected } = gate;
  return {
    ...{ id, rollout, wave, side: rule.side, type: rule.type, name: rule.name, state, reason, message },
    ...askedOf(rule),
    given: given.length,
    approvals: given.map(decisionView),
    rejection: rejected === null ? null : decisionView(rejected),
    openedAt: timeOrNull(gate.openedAt),
    ...(rule.type === 'approval'
      ? { expiresAt: timeOrNull(gate.until), passesAt: null }
      : { expiresAt: null, passesAt: timeOrNull(gate.until) }),
  };
}

const NOBODY = { need: 0, approvers: null, notRequester: false } as const;

/** Whom it asks, and how many of them. */
function askedOf(rule: ResolvedGate): Pick<GateView, 'need' | 'approvers' | 'notRequester'> {
  if (rule.type !== 'approval') return NOBODY;
  const { count: need, approvers, notRequester } = rule;
  return { need, approvers: approvers === null ? null : approvers.map(approverText), notRequester };
}

/** A gate as a plan shows it, before there is a rollout. */
export const plannedGate = (rule: ResolvedGate): NonNullable<PlanView['waves'][number]['gates']>[number] => ({
  ...{ side: rule.side, type: rule.type, name: rule.name },
  ...askedOf(rule),
});
