import { sameJson } from '../objects';
import { DEPLOYMENTS, REPLICA_SETS } from '../resources';
import type { Deployment, DeploymentSpec, PodTemplate, ReplicaSet } from '../workload-types';
import type { ControllerContext } from './context';
import { deploymentStatus, type Progress } from './deployment-status';
import { portion, templateHash } from './pods';
import { syncReplicaSet } from './replica-set';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH_LABEL = 'pod-template-hash';

/** One step of a Deployment towards its spec. */
export function reconcileDeployment(context: ControllerContext, deployment: Deployment): void {
  const spec = deployment.spec as DeploymentSpec;
  for (const set of replicaSets(context, deployment)) syncReplicaSet(context, deployment, set);
  const known = currentOf(deployment, replicaSets(context, deployment));
  const current = known ?? (spec.paused ? undefined : createReplicaSet(context, deployment));
  if (spec.paused) scalePaused(context, spec, replicaSets(context, deployment));
  else if (current) {
    markRevision(context, deployment, current);
    const others = replicaSets(context, deployment).filter(({ metadata }) => metadata.name !== current.metadata.name);
    const rollout = { spec, current: context.latest(current) ?? current, others };
    if (spec.strategy.type === 'Recreate') recreate(context, rollout);
    else roll(context, rollout);
    forgetOld(context, spec, others);
  }
  writeStatus(context, deployment, { created: !known && current !== undefined, current });
}

const replicaSets = (context: ControllerContext, deployment: Deployment): ReplicaSet[] =>
  context.owned<ReplicaSet>(deployment, REPLICA_SETS);

const wanted = (set: ReplicaSet): number => set.spec?.replicas ?? 0;
const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
const revisionOf = (set: ReplicaSet): number => Number(set.metadata.annotations?.[REVISION] ?? 0);

function withoutHash(template: PodTemplate | undefined): unknown {
  const { [HASH_LABEL]: _hash, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

const currentOf = ({ spec }: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  sets.find((set) => sameJson(withoutHash(set.spec?.template), withoutHash(spec?.template)));

function createReplicaSet(context: ControllerContext, deployment: Deployment): ReplicaSet {
  const { metadata } = deployment;
  const { template, selector, minReadySeconds } = deployment.spec as DeploymentSpec;
  const hash = templateHash(deployment, template);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  return context.create<ReplicaSet>(REPLICA_SETS, deployment, {
    metadata: { name: `${metadata.name}-${hash}`, labels, annotations: metadata.annotations ?? {} },
    spec: {
      replicas: 0,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  });
}

/** The current ReplicaSet carries the highest revision number. */
function markRevision(context: ControllerContext, deployment: Deployment, current: ReplicaSet): void {
  const others = replicaSets(context, deployment).filter(({ metadata }) => metadata.uid !== current.metadata.uid);
  const highest = Math.max(0, ...others.map(revisionOf));
  if (revisionOf(current) > highest) return;
  const annotations = { ...current.metadata.annotations, [REVISION]: String(highest + 1) };
  context.update(REPLICA_SETS, { ...current, metadata: { ...current.metadata, annotations } });
}

interface Rollout {
  readonly spec: DeploymentSpec;
  readonly current: ReplicaSet;
  readonly others: readonly ReplicaSet[];
}

function scale(context: ControllerContext, set: ReplicaSet, replicas: number): void {
  if (wanted(set) === replicas) return;
  const spec = { ...set.spec, replicas } as NonNullable<ReplicaSet['spec']>;
  context.update(REPLICA_SETS, { ...set, spec });
}

function scalePaused(context: ControllerContext, spec: DeploymentSpec, sets: readonly ReplicaSet[]): void {
  const active = sets.filter((set) => wanted(set) > 0);
  const only = active.length === 1 ? active[0] : undefined;
  if (only) scale(context, only, spec.replicas);
}

function recreate(context: ControllerContext, { spec, current, others }: Rollout): void {
  for (const set of others) scale(context, set, 0);
  if (others.every((set) => (set.status?.replicas ?? 0) === 0)) scale(context, current, spec.replicas);
}

/** Bounds of a rolling update, in pods. */
export function rollingBounds({ replicas, strategy }: DeploymentSpec): {
  readonly surge: number;
  readonly unavailable: number;
} {
  const surge = portion(strategy.rollingUpdate?.maxSurge ?? '25%', replicas, Math.ceil);
  const unavailable = portion(strategy.rollingUpdate?.maxUnavailable ?? '25%', replicas, Math.floor);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

/** First up as far as the surge allows, then the old ones down as far as availability allows. */
function roll(context: ControllerContext, { spec, current, others }: Rollout): void {
  const { surge, unavailable } = rollingBounds(spec);
  const all = [current, ...others];
  const total = all.reduce((sum, set) => sum + wanted(set), 0);
  const room = spec.replicas + surge - total;
  if (wanted(current) > spec.replicas) return scale(context, current, spec.replicas);
  if (wanted(current) < spec.replicas && room > 0) {
    return scale(context, current, Math.min(spec.replicas, wanted(current) + room));
  }
  const minAvailable = spec.replicas - unavailable;
  const spare = total - minAvailable - (wanted(current) - available(current));
  const unhealthy = scaleDown(context, others, { budget: spare, of: (set) => wanted(set) - available(set) });
  if (unhealthy > 0) return;
  const surplus = all.reduce((sum, set) => sum + available(set), 0) - minAvailable;
  scaleDown(context, others, { budget: Math.min(spare, surplus), of: wanted });
}

function scaleDown(
  context: ControllerContext,
  sets: readonly ReplicaSet[],
  { budget, of }: { readonly budget: number; readonly of: (set: ReplicaSet) => number },
): number {
  let left = budget;
  for (const set of sets) {
    const drop = Math.max(0, Math.min(left, of(set)));
    scale(context, set, wanted(set) - drop);
    left -= drop;
  }
  return budget - left;
}

function forgetOld(context: ControllerContext, spec: DeploymentSpec, others: readonly ReplicaSet[]): void {
  const empty = others.filter((set) => wanted(set) === 0 && (set.status?.replicas ?? 0) === 0);
  const oldest = empty.sort((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of oldest.slice(0, Math.max(0, empty.length - spec.revisionHistoryLimit))) {
    context.delete(REPLICA_SETS, set);
  }
}

function writeStatus(
  context: ControllerContext,
  deployment: Deployment,
  { created, current }: { readonly created: boolean; readonly current: ReplicaSet | undefined },
): void {
  const sets = replicaSets(context, deployment);
  const newest = current && context.latest(current);
  const progress: Progress = { deployment, sets, current: newest, created, now: context.clock.now() };
  const { status, wakeInMs } = deploymentStatus(progress, rollingBounds(deployment.spec as DeploymentSpec).unavailable);
  if (wakeInMs !== undefined) context.wakeAfter(deployment, wakeInMs);
  const revision = newest?.metadata.annotations?.[REVISION];
  const annotations = { ...deployment.metadata.annotations, ...(revision ? { [REVISION]: revision } : {}) };
  const marked = Object.keys(annotations).length > 0 ? { annotations } : {};
  context.updateStatus(DEPLOYMENTS, { ...deployment, metadata: { ...deployment.metadata, ...marked } }, status);
}
