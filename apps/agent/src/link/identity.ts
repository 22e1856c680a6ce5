import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { CONNECT_TOKEN_SECONDS, enrolStatement } from '@app/contracts/wire/enrolment';
import { SignJWT } from 'jose';
import type { KubeStore } from '../kube/store.port';

/** Secret in the agent's namespace that holds who this cluster is at the hub. */
export const IDENTITY_SECRET = 'fleet-reloader-identity';

/** What the hub told at enrolment: under which name it knows this cluster, and what it calls itself. */
export type Enrolled = Readonly<{ cluster: string; hubId: string }>;

/**
 * The cluster's key pair. It is made here, and its private half never leaves the cluster.
 * It is stored before it is used, so an agent that dies in the middle of an enrolment repeats it with the same key,
 * and the hub recognises the repeat.
 */
export class Identity {
  private constructor(
    private readonly store: KubeStore,
    private readonly key: KeyObject,
    /** Raw Ed25519 public key, base64url. */
    readonly publicKey: string,
    private current: Enrolled | null,
  ) {}

  /** Reads the identity, or makes and stores one. Two agents that start together end up with the same. */
  static async open(store: KubeStore): Promise<Identity> {
    const data = (await store.readSecret(IDENTITY_SECRET)) ?? (await store.createSecret(IDENTITY_SECRET, newKey()));
    const pem = data['privateKey'];
    if (!pem) throw new Error(`Secret ${IDENTITY_SECRET} holds no privateKey; delete it to enrol anew`);
    const key = createPrivateKey(pem);
    return new Identity(store, key, publicKeyOf(key), enrolledFrom(data));
  }

  /** null: not enrolled. */
  get enrolled(): Enrolled | null {
    return this.current;
  }

  async remember(enrolled: Enrolled): Promise<void> {
    const { cluster, hubId } = enrolled;
    await this.store.updateSecret(IDENTITY_SECRET, { cluster: Buffer.from(cluster), hubId: Buffer.from(hubId) });
    this.current = enrolled;
  }

  /** Proof for the enrolment request that the sender holds the private key. */
  prove(statement: Parameters<typeof enrolStatement>[0]): string {
    return sign(null, Buffer.from(enrolStatement(statement)), this.key).toString('base64url');
  }

  /**
   * Token for one connection: short-lived, for this hub alone, never the same twice.
   * @param now epoch ms, as near to the hub's time as is known.
   */
  async connectToken({ cluster, hubId }: Enrolled, now: number): Promise<string> {
    const issued = Math.floor(now / 1000);
    return new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA' })
      .setSubject(cluster)
      .setAudience(hubId)
      .setJti(randomUUID())
      .setIssuedAt(issued)
      .setExpirationTime(issued + CONNECT_TOKEN_SECONDS)
      .sign(this.key);
  }
}

const newKey = (): Record<string, Buffer> => ({
  privateKey: Buffer.from(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
});

const publicKeyOf = (key: KeyObject): string => {
  const { x } = key.export({ format: 'jwk' });
  if (key.asymmetricKeyType !== 'ed25519' || !x) throw new Error(`Secret ${IDENTITY_SECRET} holds no Ed25519 key`);
  return x;
};

function enrolledFrom(data: Readonly<Record<string, Buffer>>): Enrolled | null {
  const cluster = data['cluster']?.toString('utf8');
  const hubId = data['hubId']?.toString('utf8');
  return cluster && hubId ? { cluster, hubId } : null;
}
