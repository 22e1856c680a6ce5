import type { ClusterNow } from './fleet-now';
import type { Rollout, Target } from './model';

type Spec = Rollout['spec'];

/** Since which version of the protocol an agent waits for `minReady`; one that does not would tell of success too early. */
const MIN_READY_SINCE = 2;

/** The agent of the cluster speaks no version of the protocol in which it could prove what the policy asks for. */
export const isTooOld = ({ target }: Spec, { proto = 1 }: ClusterNow): boolean =>
  target.minReadyMs !== undefined && proto < MIN_READY_SINCE;

export const tooOldText = ({ cluster }: Target): string =>
  `the agent of ${cluster} is too old for target.minReady: it could not prove it`;
