import { isTerminalTarget } from '@app/contracts/phases';
import { objectKey } from '@app/contracts/objects';
import { isAsked } from './cause';
import type { ClusterNow, WorkloadNow } from './fleet-now';
import type { Instant, Restart, Rollout, Target } from './model';
import { endAll, settle } from './settle';
import { isUnpermitted, own } from './state';

/** Planned while its cluster was out of reach: what there is to restart is known once the cluster is back and tells. */
export const isAbsent = (rollout: Pick<Rollout, 'cause'>, target: Target): boolean =>
  !isAsked(rollout.cause) && target.expected === null;

/** What is known of the cluster was so after the rollout was made, so that it tells whether the change arrived there. */
export const hasTold = ({ createdAt }: Rollout, { connection, toldAt }: ClusterNow): boolean =>
  connection === 'online' && toldAt !== null && toldAt > createdAt;

/** An absent target whose cluster was back and had nothing to restart: it is free for what the cluster tells later. */
export const isVacated = (rollout: Rollout, target: Target): boolean =>
  isAbsent(rollout, target) && target.phase === 'Skipped' && target.reason === 'AlreadyCurrent';

/**
 * An absent target whose cluster is back takes in what is pending there: from then on it is like any other. With nothing
 * pending it is skipped.
 */
export function adopted(rollout: Rollout, target: Target, cluster: ClusterNow | undefined, at: Instant): Target {
  if (!isAbsent(rollout, target) || isTerminalTarget(target.phase)) return target;
  if (cluster === undefined || !hasTold(rollout, cluster)) return target;
  const pending = target.restarts.flatMap((restart) => pendingThere(restart, cluster) ?? []);
  const [first] = pending;
  if (first !== undefined) return { ...target, expected: first.source };
  const why = {
    reason: 'AlreadyCurrent',
    message: 'its cluster is back with nothing to restart; it takes part if the change reaches it later',
  };
  return settle(endAll(target, { phase: 'Skipped', ...why }, at), at);
}

function pendingThere(restart: Restart, cluster: ClusterNow): WorkloadNow | undefined {
  const now = own(cluster.workloads, objectKey(restart.workload));
  return now !== undefined && isUnpermitted(restart) && waitsForSource(now) ? now : undefined;
}

/** Opted in, and started with another content of the source than it holds now. */
const waitsForSource = ({ ignored, want, have, source, had }: WorkloadNow): boolean =>
  !ignored && want !== null && want !== have && source !== null && source !== had;
