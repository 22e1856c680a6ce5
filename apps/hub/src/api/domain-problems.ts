import { StartRefused } from '../change/by-hand/start-refused';
import { IdentitiesRefused } from '../fleet/identities.service';
import { ClusterUnknown, ClusterVerbRefused, RegistryContended } from '../fleet/registry';
import { GateRefused, GateUnknown } from '../gates/gates.service';
import { ClockInDoubt } from '../platform/clock';
import { StoreRecovering } from '../platform/hub-meta';
import { notFound, Problem } from '../http/core/problem';
import { faultsText } from '../http/core/schema-problems';
import {
  PolicyBuiltin,
  PolicyChanged,
  PolicyContended,
  PolicyInvalid,
  PolicyReadOnly,
  PolicyUnknown,
} from '../policy/policy-errors';
import { RolloutContended, RolloutUnknown, RolloutUnreadable, VerbRefused } from '../rollout/rollout-errors';

const AGAIN = { headers: { 'Retry-After': '1' } };
const LATER = { headers: { 'Retry-After': '30' } };

/** What the errors of the hub's services mean to a caller; undefined for those that nobody expected. */
export function problemOfDomain(error: unknown): Problem | undefined {
  if (error instanceof VerbRefused) return verbRefused(error);
  if (error instanceof GateRefused) return gateRefused(error);
  if (error instanceof ClockInDoubt) return new Problem(503, 'CLOCK_IN_DOUBT', error.message, LATER);
  if (error instanceof StoreRecovering) return new Problem(503, 'RECOVERING', error.message, LATER);
  if (error instanceof RolloutUnreadable) return new Problem(500, 'ROLLOUT_UNREADABLE', error.message);
  if (error instanceof StartRefused) return startRefused(error);
  return missing(error) ?? conflict(error) ?? policyProblem(error);
}

function missing(error: unknown): Problem | undefined {
  if (error instanceof ClusterUnknown) return notFound(`cluster ${error.cluster}`);
  if (error instanceof GateUnknown) return notFound(`gate ${error.id}`);
  if (error instanceof RolloutUnknown) return notFound(`rollout ${error.id}`);
  return error instanceof PolicyUnknown ? notFound(`policy ${error.policy}`) : undefined;
}

const CONTENDED = [RegistryContended, RolloutContended, PolicyContended];

function conflict(error: unknown): Problem | undefined {
  if (error instanceof IdentitiesRefused) return new Problem(409, 'IDENTITIES', error.message);
  if (error instanceof ClusterVerbRefused) return new Problem(409, 'CLUSTER_STATE', error.message);
  const contended = CONTENDED.some((type) => error instanceof type);
  return contended && error instanceof Error ? new Problem(503, 'CONTENDED', error.message, AGAIN) : undefined;
}

function policyProblem(error: unknown): Problem | undefined {
  if (error instanceof PolicyInvalid) {
    const { problems: errors } = error;
    return new Problem(422, 'POLICY_INVALID', faultsText('policy', errors), { errors });
  }
  if (error instanceof PolicyChanged) return new Problem(412, 'POLICY_CHANGED', error.message);
  if (error instanceof PolicyReadOnly) return new Problem(409, 'POLICY_READ_ONLY', error.message);
  return error instanceof PolicyBuiltin ? new Problem(409, 'POLICY_BUILTIN', error.message) : undefined;
}

function verbRefused(error: VerbRefused): Problem {
  const errors = [{ pointer: '', code: error.reason, detail: error.message }];
  const code = error.reason === 'PLAN_CHANGED' ? 'PLAN_CHANGED' : 'PHASE';
  return new Problem(409, code, error.message, { errors, allowed: error.allowed, phase: error.phase });
}

/** Of a gate `phase` is its state, and `allowed` what may be decided about it. */
function gateRefused({ refusal }: GateRefused): Problem {
  const { type, reason, message, allowed, gate } = refusal;
  if (type === 'forbidden') return new Problem(403, reason, message);
  const errors = [{ pointer: '', code: reason, detail: message }];
  return new Problem(409, 'GATE', message, { errors, allowed, phase: gate.state });
}

const POINTERS: Readonly<Partial<Record<StartRefused['reason'], string>>> = {
  WorkloadsUnknown: '/workloads',
  NotOptedIn: '/workloads',
  AlreadyCurrent: '/force',
  PolicyUnknown: '/policy',
  PolicyAmbiguous: '/policy',
  PlanHashRequired: '/planHash',
};

function startRefused({ reason, message }: StartRefused): Problem {
  if (reason === 'Contended') return new Problem(503, 'CONTENDED', message, AGAIN);
  const pointer = POINTERS[reason] ?? '/source';
  return new Problem(409, 'NOT_STARTED', message, { errors: [{ pointer, code: reason, detail: message }] });
}
