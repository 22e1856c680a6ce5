import { objectKey, parseObjectKey, sourceRef } from '@app/contracts/objects';
import { MAX_CAUSES, type Permit, type PermittedRestart } from '@app/contracts/wire/hub-messages';
import { broughtBy, isForced } from '../../rollout/core/cause';
import { fenceOf, permitIdOf, type Instant, type Restart, type Rollout, type Target } from '../../rollout/core/model';
import { hasBegun, isInFlight, isPermitted } from '../../rollout/core/state';
import { slices } from '../../platform/core/slices';

/** How long an agent may start what a permit names. */
const PERMIT_MS = 10 * 60_000;
/** Keeps a frame far below its bound. */
const RESTARTS_PER_PERMIT = 300;

type Issue = Readonly<{ hubEpoch: number; at: Instant }>;

/**
 * Permits for everything that the cluster may have been told and has not answered; of a target that is stopped, only for
 * what has begun, so that an agent that was started anew tells how that ended. Made from the stored state alone, so
 * that sending them again repeats the same permit ids. Empty when nothing is in flight there.
 */
export function permitsFor(rollout: Rollout, cluster: string, { hubEpoch, at }: Issue): readonly Permit[] {
  const target = rollout.targets.get(cluster);
  if (!target || !isInFlight(target)) return [];
  const common = {
    rollout: rollout.id,
    policy: rollout.policy.name,
    attempt: target.attempt,
    fence: fenceOf(rollout, target.attempt),
    hubEpoch,
    notAfter: new Date(Math.min(at + PERMIT_MS, target.startBy ?? Infinity)).toISOString(),
    progressDeadlineSeconds: Math.max(1, Math.ceil(rollout.spec.target.progressDeadlineMs / 1000)),
    ...minReady(rollout.spec.target),
    causes: causesOf(rollout, target),
    ...(isForced(rollout) ? { force: true as const } : {}),
  };
  return slices(permittedRestarts(rollout, target), RESTARTS_PER_PERMIT).map((restarts) => ({ ...common, restarts }));
}

/** The sources of which the target brings something new. */
function causesOf({ cause }: Rollout, { expected }: Target): Permit['causes'] {
  if (cause.source !== null) return [cause.source];
  return [...broughtBy(cause, expected ?? '').keys()]
    .slice(0, MAX_CAUSES)
    .flatMap((key) => sourceRef.safeParse(parseObjectKey(key)).data ?? []);
}

/** Since when a permit is to reach the agent; null when the agent has it already. */
export function waitsSince(rollout: Rollout, cluster: string): Instant | null {
  const target = rollout.targets.get(cluster);
  return target?.phase === 'Dispatched' ? (target.permit?.sentAt ?? target.dispatchedAt) : null;
}

const minReady = ({ minReadyMs = 0 }: Rollout['spec']['target']): Pick<Permit, 'minReadySeconds'> =>
  minReadyMs > 0 ? { minReadySeconds: Math.ceil(minReadyMs / 1000) } : {};

function permittedRestarts(rollout: Rollout, target: Target): PermittedRestart[] {
  const isOwed = target.stop === undefined ? isPermitted : hasToEnd;
  return target.restarts.filter(isOwed).flatMap(({ workload, uid, revision }) => {
    const permit = permitIdOf(rollout.id, target.attempt, objectKey(workload));
    return revision === null ? [] : [{ permit, workload, uid, toRevision: revision }];
  });
}

/** It began before its target was stopped, and is not interrupted. */
const hasToEnd = (restart: Restart): boolean => isPermitted(restart) && hasBegun(restart);

/** Whether the agent has acknowledged, or begun, everything that it was permitted. */
export function allTaken(rollout: Rollout, cluster: string, acknowledged: readonly string[]): boolean {
  const target = rollout.targets.get(cluster);
  if (!target) return true;
  const taken = new Set(acknowledged);
  return target.restarts
    .filter((restart) => isPermitted(restart) && restart.phase === 'Pending')
    .every(({ workload }) => taken.has(permitIdOf(rollout.id, target.attempt, objectKey(workload))));
}
