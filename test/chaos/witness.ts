import { REVISION_ANNOTATION } from '@app/contracts/annotations';
import { WEB } from '@test/fleet/fleet-options';
import type { SimulatedCluster } from '@test/simulator/cluster';
import { DEPLOYMENTS } from '@test/simulator/resources';

/** One restart, as its cluster saw it; epoch ms. */
export type Restart = Readonly<{ revision: string; at: number }>;

type Seen = Readonly<{
  metadata: { generation?: number; name: string };
  spec?: { replicas?: number; template?: { metadata?: { annotations?: Readonly<Record<string, string>> } } };
  status?: { observedGeneration?: number; updatedReplicas?: number; readyReplicas?: number; replicas?: number };
}>;

const stampOf = ({ spec }: Seen): string | undefined => spec?.template?.metadata?.annotations?.[REVISION_ANNOTATION];

function isReady({ metadata, spec, status }: Seen): boolean {
  const { replicas = 1 } = spec ?? {};
  const counts = [status?.updatedReplicas, status?.readyReplicas, status?.replicas];
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) && counts.every((count) => count === replicas);
}

/** Looks on at one cluster's Deployment, at every write to it: nothing that hub or agent say counts here. */
export class Witness {
  readonly restarts: Restart[] = [];
  /** When all pods ran a revision, for the first time. */
  readonly readyAt = new Map<string, number>();

  constructor(readonly cluster: SimulatedCluster) {
    cluster.store.subscribe(({ object, previous }) => {
      if (object.metadata.name === WEB.name)
        this.see(object as unknown as Seen, previous as unknown as Seen | undefined);
    }, DEPLOYMENTS);
  }

  private see(now: Seen, before: Seen | undefined): void {
    const revision = stampOf(now);
    if (revision === undefined) return;
    const isWritten =
      before !== undefined && JSON.stringify(before.spec?.template) !== JSON.stringify(now.spec?.template);
    if (isWritten) this.restarts.push({ revision, at: Date.now() });
    if (isReady(now) && !this.readyAt.has(revision)) this.readyAt.set(revision, Date.now());
  }
}
