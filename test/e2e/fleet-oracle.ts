import { REVISION_ANNOTATION } from '@app/contracts/annotations';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { ConvergenceView } from '@app/contracts/api/views';
import { SECRET, WEB } from '@test/fleet/fleet-options';
import type { ProcessFleet } from '@test/fleet/process-fleet';

/** How often a cluster's Deployment was restarted, counted three ways, and whether the hub calls the cluster current. */
export type Account = Readonly<{
  cluster: string;
  /** ReplicaSets beyond the first. */
  replicaSets: number;
  /** Writes to the Deployment's spec since it was made. */
  writes: number;
  /** Different revisions that its templates ever carried. */
  revisions: number;
  state: string;
}>;

/** What the clusters themselves tell, in the order of the fleet's names. */
export async function accounts(fleet: ProcessFleet): Promise<Account[]> {
  const query = `kind=Secret&namespace=${SECRET.namespace}&name=${SECRET.name}`;
  const { items } = await fleet.call<ConvergenceView>('GET', `/convergence?${query}`);
  return Promise.all(
    fleet.names.map(async (cluster) => {
      const [sets, deployment] = await Promise.all([
        fleet.kube(cluster).replicaSets(WEB),
        fleet.kube(cluster).read('Deployment', WEB),
      ]);
      const stamps = sets.map((set) => set.spec?.template?.metadata?.annotations?.[REVISION_ANNOTATION]);
      return {
        cluster,
        replicaSets: sets.length - 1,
        writes: (deployment.metadata?.generation ?? 0) - 1,
        revisions: new Set(stamps.filter((stamp) => stamp !== undefined)).size,
        state: items.find((item) => item.cluster === cluster)?.state ?? 'absent',
      };
    }),
  );
}

/** The accounts of a fleet that is current after so many restarts in each cluster. */
export function restartedTimes(fleet: ProcessFleet, times: number): Account[] {
  const counts = { replicaSets: times, writes: times, revisions: times };
  return fleet.names.map((cluster) => ({ cluster, ...counts, state: 'Converged' }));
}

/** The one target of this cluster, whatever its wave. */
export function targetOf(rollout: RolloutView, cluster: string): RolloutView['waves'][number]['targets'][number] {
  const target = rollout.waves.flatMap((wave) => wave.targets).find((each) => each.cluster === cluster);
  if (!target) throw new Error(`${cluster} is no target of ${rollout.id}`);
  return target;
}

/** When the present pods of the Deployment became ready, by the cluster's own clock in whole seconds; epoch ms. */
export async function podsReadyAt(fleet: ProcessFleet, cluster: string): Promise<number> {
  const kube = fleet.kube(cluster);
  const revision = (await kube.podAnnotations('Deployment', WEB))[REVISION_ANNOTATION];
  const { items } = await kube.core.listNamespacedPod({ namespace: WEB.namespace, labelSelector: `app=${WEB.name}` });
  const present = items.filter((pod) => pod.metadata?.annotations?.[REVISION_ANNOTATION] === revision);
  const readyAt = present.map((pod) => {
    const ready = pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
    return ready?.lastTransitionTime?.getTime() ?? Number.POSITIVE_INFINITY;
  });
  return Math.max(...readyAt);
}
