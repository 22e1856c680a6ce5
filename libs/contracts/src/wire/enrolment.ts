import { z } from 'zod';
import { clusterName, labels } from '../objects';

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);

/** Body of `POST /agent/v1/enrol`. */
export const enrolRequest = z.strictObject({
  token: z.string().min(16).max(256),
  cluster: clusterName.optional(),
  labels: labels.optional(),
  /** UID of the kube-system namespace: tells one cluster from another whatever its name. */
  clusterUid: z.string().min(1).max(64),
  /** Raw Ed25519 public key. */
  publicKey: base64url.length(43),
  /** Ed25519 signature over `enrolStatement`: the sender holds the private key. */
  proof: base64url.length(86),
  agentVersion: z.string().min(1).max(64),
});
export type EnrolRequest = z.infer<typeof enrolRequest>;

export const enrolResponse = z.object({
  cluster: clusterName,
  /** `Pending` waits for `:approve`; the agent may connect and is told so. */
  state: z.enum(['Approved', 'Pending']),
  /** Audience of the agent's signed connect tokens. */
  hubId: z.string().min(1).max(64),
});
export type EnrolResponse = z.infer<typeof enrolResponse>;

/** The bytes that `proof` signs. */
export const enrolStatement = (request: Pick<EnrolRequest, 'token' | 'publicKey' | 'clusterUid'>): string =>
  ['fleet-reloader/enrol/v1', request.token, request.publicKey, request.clusterUid].join('\n');

/** Claims of the EdDSA JWT in `Authorization: Bearer` on the upgrade of `GET /agent/v1/connect`; lives 60 s, used once (jti). */
export type ConnectClaims = Readonly<{ sub: string; aud: string; jti: string; iat: number; exp: number }>;
/** Most seconds between a connect token's `iat` and `exp`. */
export const CONNECT_TOKEN_SECONDS = 60;
