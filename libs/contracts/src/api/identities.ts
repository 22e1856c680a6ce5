import { z } from 'zod';
import { clusterName, labels } from '../objects';

export const IDENTITIES_KIND = 'FleetIdentities';

/** Who a cluster is, as a backup holds it. Nothing in it is secret: the private keys never leave the clusters. */
export const clusterIdentity = z.strictObject({
  name: clusterName,
  labels,
  /** UID of its kube-system namespace. */
  uid: z.string().min(1).max(128),
  /** Raw Ed25519 key, base64url. */
  publicKey: z.string().length(43),
  state: z.enum(['Approved', 'Pending', 'Revoked']),
  drained: z.boolean(),
  createdAt: z.iso.datetime(),
});
export type ClusterIdentity = z.infer<typeof clusterIdentity>;

/** What agents know the hub by, and the hub its agents: with it a hub that lost its store lets them all in again. */
export const identities = z.strictObject({
  apiVersion: z.literal('fleet-reloader.io/v1'),
  kind: z.literal(IDENTITIES_KIND),
  hub: z.strictObject({ id: z.string().min(1).max(64), epoch: z.int().min(1) }),
  clusters: z.array(clusterIdentity).max(20_000),
});
export type Identities = z.infer<typeof identities>;

/** `waitingFor`: clusters that have to say where they stand before anything starts again. */
export const restoredIdentities = z.object({
  restored: z.array(z.string()),
  unchanged: z.int(),
  waitingFor: z.int(),
});
export type RestoredIdentities = z.infer<typeof restoredIdentities>;
