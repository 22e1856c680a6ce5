import { randomBytes } from 'node:crypto';
import type { KubeStore } from './store.port';

export const FINGERPRINT_SECRET = 'fleet-reloader-fingerprint';
const KEY_FIELD = 'key';
const KEY_BYTES = 32;

/**
 * The key of this cluster's revisions: the configured one, else the one kept in the cluster, else a new one, kept from now on.
 * Two agents that start at once end with the same key: the second finds the first one's Secret.
 * @throws Error when the kept key is unusable: making another would mark every revision as of an unknown key.
 */
export async function fingerprintKey(store: KubeStore, configured: Buffer | null): Promise<Buffer> {
  if (configured) return configured;
  const kept =
    (await store.readSecret(FINGERPRINT_SECRET)) ??
    (await store.createSecret(FINGERPRINT_SECRET, { [KEY_FIELD]: randomBytes(KEY_BYTES) }));
  const key = kept[KEY_FIELD];
  if (key?.length !== KEY_BYTES)
    throw new Error(`Secret ${FINGERPRINT_SECRET} has no usable "${KEY_FIELD}": it must hold ${KEY_BYTES} bytes`);
  return key;
}
