import type { ClusterView } from '@app/contracts/api/views';
import { clusterName, labels } from '@app/contracts/objects';
import { z } from 'zod';
import type { Presence } from './presence';

const publicKey = z.string().length(43);

/** A cluster as the registry keeps it. Times are epoch milliseconds on the store's clock. */
export const clusterRecord = z.object({
  name: clusterName,
  labels,
  /** UID of its kube-system namespace. */
  uid: z.string(),
  /** Raw Ed25519 key, base64url: who signs with it is this cluster. */
  publicKey,
  state: z.enum(['Approved', 'Pending', 'Revoked']),
  /** Rises whenever what the cluster may do changes; a session made under an older one is closed. */
  credVersion: z.int(),
  drained: z.boolean(),
  agentVersion: z.string(),
  kubernetesVersion: z.string(),
  createdAt: z.int(),
  /** A new key that asked to take this cluster over. It counts for nothing until a person approves it. */
  candidate: z.object({ publicKey, agentVersion: z.string(), at: z.int() }).nullable(),
  /** The version of the protocol that its agent spoke last; absent: an older hub has not kept it. */
  proto: z.int().optional(),
  /** When another cluster last asked in under this identity, which was refused; absent: none did. */
  claimedAt: z.int().optional(),
});
export type ClusterRecord = z.infer<typeof clusterRecord>;

/** A claim to an identity counts for so long, unless a person has approved the cluster since: who is refused for good asks every half an hour. */
export const CLAIM_MS = 60 * 60_000;

/** Until when somebody else's claim to the cluster's identity counts, epoch ms; null: there is none. */
export function claimedUntil({ claimedAt }: Readonly<{ claimedAt?: number | undefined }>, now: number): number | null {
  const until = claimedAt === undefined ? now : claimedAt + CLAIM_MS;
  return now < until ? until : null;
}

/** Silent for longer: something may be wrong (three missed heartbeats). */
export const SUSPECT_AFTER_MS = 75_000;
/** Silent for longer: shown as offline. */
export const OFFLINE_AFTER_MS = 5 * 60_000;

export type ClusterState = Pick<ClusterView, 'state' | 'reason'>;

/** What people see. Display only: rollouts go by the session itself. */
export function clusterState(record: ClusterRecord, presence: Presence | undefined, now: number): ClusterState {
  if (record.state === 'Revoked') {
    return record.candidate ? { state: 'Pending', reason: 'NewKeyAfterRevocation' } : { state: 'Revoked', reason: '' };
  }
  if (record.state === 'Pending') return { state: 'Pending', reason: 'ApprovalNeeded' };
  const connection = connectionState(presence, now);
  if (claimedUntil(record, now) !== null) return { ...connection, reason: 'IdentityConflict' };
  if (!record.candidate) return connection;
  return connection.state === 'Online'
    ? { ...connection, reason: 'NewKeyWaits' }
    : { state: 'Pending', reason: 'NewKeyWaits' };
}

function connectionState(presence: Presence | undefined, now: number): ClusterState {
  if (!presence) return { state: 'Offline', reason: 'NeverConnected' };
  const silentMs = now - presence.lastSeen;
  const open = presence.connection === 'online';
  if (open && silentMs <= SUSPECT_AFTER_MS) return { state: 'Online', reason: '' };
  const reason = open ? 'Silent' : 'SessionLost';
  return { state: silentMs > OFFLINE_AFTER_MS ? 'Offline' : 'Suspect', reason };
}
