import { createPublicKey } from 'node:crypto';
import { clusterName } from '@app/contracts/objects';
import { CONNECT_TOKEN_SECONDS } from '@app/contracts/wire/enrolment';
import { Injectable } from '@nestjs/common';
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import type { ClusterRecord } from '../fleet/core/cluster-record';
import { ClusterRegistry } from '../fleet/registry';
import { Clock } from '../platform/clock';
import { HubMeta } from '../platform/hub-meta';
import { ReplayGuard } from './replay-guard';

/** Most seconds that an agent's clock may be off; it learns the hub's time from a refusal. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Why a connection is not opened; the agent reads `terminal` and `retryAfterSeconds`. */
export type ConnectRefusal = Readonly<{
  status: 401 | 403 | 404 | 503;
  code: string;
  detail: string;
  terminal: boolean;
  retryAfterSeconds: number;
}>;

export type Authenticated =
  | Readonly<{ kind: 'admitted'; record: ClusterRecord }>
  /** `claimed`: the name that the token says, which nothing proves. */
  | Readonly<{ kind: 'refused'; refusal: ConnectRefusal; claimed?: string }>;

type Checked =
  | Readonly<{ kind: 'valid'; payload: JWTPayload }>
  | Readonly<{ kind: 'wrongKey' }>
  | Readonly<{ kind: 'refused'; refusal: ConnectRefusal }>;

/**
 * Tells which cluster opens a connection, from the signature alone. The name in the token only says whose key to
 * check with; it is compared whole, never by prefix.
 */
@Injectable()
export class ConnectTokens {
  constructor(
    private readonly registry: ClusterRegistry,
    private readonly meta: HubMeta,
    private readonly clock: Clock,
    private readonly replays: ReplayGuard,
  ) {}

  /** @throws StoreUnavailable */
  async authenticate(authorization: string | undefined): Promise<Authenticated> {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? '')?.[1];
    const name = token === undefined ? undefined : subjectOf(token);
    if (token === undefined || name === undefined)
      return refuse('TokenMissing', 'the request carries no signed connect token');
    const answer = await this.claims(token, name);
    return answer.kind === 'refused' ? { ...answer, claimed: name } : answer;
  }

  private async claims(token: string, name: string): Promise<Authenticated> {
    const record = await this.registry.get(name);
    if (!record) return refuse('ClusterUnknown', 'no cluster of this name is enrolled here');
    const { hubId } = await this.meta.identity();
    const own = await this.check(token, record.publicKey, hubId);
    if (own.kind === 'refused') return own;
    if (own.kind === 'wrongKey') return this.candidate(token, record, hubId);
    if (record.name !== own.payload.sub) return refuse('ClusterUnknown', 'no cluster of this name is enrolled here');
    return this.admit(record, own.payload);
  }

  /** The signature holds: what remains is whether the cluster may come in, and whether the token is fresh. */
  private async admit(record: ClusterRecord, payload: JWTPayload): Promise<Authenticated> {
    if (record.state === 'Revoked') return refuse('ClusterRevoked', REVOKED);
    if (record.state === 'Pending') return PENDING;
    const fresh = await this.replays.firstUse(record.name, payload.jti ?? '');
    return fresh
      ? { kind: 'admitted', record }
      : refuse('TokenReplayed', 'this connect token was used before', TRY_AGAIN);
  }

  private async candidate(token: string, record: ClusterRecord, hubId: string): Promise<Authenticated> {
    const asking = record.candidate && (await this.check(token, record.candidate.publicKey, hubId));
    if (asking?.kind === 'valid') return PENDING;
    return refuse('SignatureInvalid', 'the token is not signed with the key of this cluster');
  }

  private async check(token: string, publicKey: string, hubId: string): Promise<Checked> {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['EdDSA'],
        audience: hubId,
        requiredClaims: ['sub', 'aud', 'jti', 'iat', 'exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        maxTokenAge: CONNECT_TOKEN_SECONDS,
        currentDate: new Date(this.clock.now()),
      });
      return acceptable(payload)
        ? { kind: 'valid', payload }
        : refuse('TokenInvalid', 'the claims of the connect token are not those of an agent');
    } catch (error) {
      return wrongFor(error);
    }
  }
}

function wrongFor(error: unknown): Checked {
  if (error instanceof errors.JWSSignatureVerificationFailed) return { kind: 'wrongKey' };
  if (error instanceof errors.JWTExpired)
    return refuse('TokenExpired', 'the connect token is not valid at this time', TRY_AGAIN);
  if (!(error instanceof errors.JWTClaimValidationFailed))
    return refuse('TokenInvalid', 'the connect token can not be read');
  if (error.claim === 'aud') return refuse('WrongHub', 'the connect token is for another hub');
  if (error.claim === 'iat') return refuse('TokenExpired', 'the connect token is not valid at this time', TRY_AGAIN);
  return refuse('TokenInvalid', `the claim ${error.claim} of the connect token is not acceptable`);
}

const acceptable = ({ exp = 0, iat = 0, jti = '' }: JWTPayload): boolean =>
  exp - iat <= CONNECT_TOKEN_SECONDS && jti.length > 0 && jti.length <= 64;

function subjectOf(token: string): string | undefined {
  try {
    return clusterName.safeParse(decodeJwt(token).sub).data;
  } catch {
    return undefined;
  }
}

/** A key that was revoked stays so: only another one can be approved. */
const REVOKED =
  'this cluster was revoked: to let it in again, delete its Secret fleet-reloader-identity and enrol it with a new token';
const TRY_AGAIN = { terminal: false, retryAfterSeconds: 1 };
const FOR_GOOD = { terminal: true, retryAfterSeconds: 0 };

const refuse = (
  code: string,
  detail: string,
  when = FOR_GOOD,
): Readonly<{ kind: 'refused'; refusal: ConnectRefusal }> => ({
  kind: 'refused',
  refusal: { status: 401, code, detail, ...when },
});

const PENDING: Authenticated = {
  kind: 'refused',
  refusal: {
    status: 403,
    code: 'ApprovalPending',
    detail: 'this cluster waits for an administrator to approve it',
    terminal: false,
    retryAfterSeconds: 5,
  },
};
