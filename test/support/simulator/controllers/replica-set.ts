import { PODS, REPLICA_SETS } from '../resources';
import type { Deployment, Pod, ReplicaSet } from '../workload-types';
import type { ControllerContext } from './context';
import { countPods, createPod, isReady } from './pods';

/** Makes or deletes pods until there are as many as the spec says, and writes what there is into the status. */
export function syncReplicaSet(context: ControllerContext, deployment: Deployment, set: ReplicaSet): void {
  const spec = set.spec as NonNullable<ReplicaSet['spec']>;
  const pods = context.owned<Pod>(set, PODS);
  for (let missing = spec.replicas - pods.length; missing > 0; missing--) {
    createPod(context, set, { template: spec.template, labels: {} });
  }
  for (const pod of leastUsefulFirst(pods).slice(0, Math.max(0, pods.length - spec.replicas))) {
    context.delete(PODS, pod);
  }
  const left = context.owned<Pod>(set, PODS);
  const { ready, available } = countPods(context, deployment, { pods: left, minReadySeconds: spec.minReadySeconds });
  context.updateStatus(REPLICA_SETS, set, {
    replicas: left.length,
    ...(left.length > 0 ? { fullyLabeledReplicas: left.length } : {}),
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(available > 0 ? { availableReplicas: available } : {}),
    observedGeneration: set.metadata.generation ?? 1,
  });
}

const leastUsefulFirst = (pods: readonly Pod[]): Pod[] =>
  [...pods].reverse().sort((a, b) => Number(isReady(a)) - Number(isReady(b)));
