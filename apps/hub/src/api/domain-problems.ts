import { StartRefused } from '../change/manual-start';
import { ClusterUnknown, ClusterVerbRefused, RegistryContended } from '../fleet/registry';
import { notFound, Problem } from '../http/core/problem';
import { RolloutContended, RolloutUnknown, VerbRefused } from '../rollout/rollout-errors';

const AGAIN = { headers: { 'Retry-After': '1' } };

/** What the errors of the hub's services mean to a caller; undefined for those that nobody expected. */
export function problemOfDomain(error: unknown): Problem | undefined {
  if (error instanceof ClusterUnknown) return notFound(`cluster ${error.cluster}`);
  if (error instanceof ClusterVerbRefused) return new Problem(409, 'CLUSTER_STATE', error.message);
  if (error instanceof RolloutUnknown) return notFound(`rollout ${error.id}`);
  if (error instanceof VerbRefused) {
    const errors = [{ pointer: '', code: error.reason, detail: error.message }];
    const code = error.reason === 'PLAN_CHANGED' ? 'PLAN_CHANGED' : 'PHASE';
    return new Problem(409, code, error.message, { errors, allowed: error.allowed, phase: error.phase });
  }
  if (error instanceof StartRefused) return startRefused(error);
  if (error instanceof RegistryContended || error instanceof RolloutContended)
    return new Problem(503, 'CONTENDED', error.message, AGAIN);
  return undefined;
}

function startRefused({ reason, message }: StartRefused): Problem {
  if (reason === 'Contended') return new Problem(503, 'CONTENDED', message, AGAIN);
  const pointer = reason === 'PolicyUnknown' || reason === 'PolicyAmbiguous' ? '/policy' : '/source';
  return new Problem(409, 'NOT_STARTED', message, { errors: [{ pointer, code: reason, detail: message }] });
}
