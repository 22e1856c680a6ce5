import { createPublicKey, verify } from 'node:crypto';
import { type EnrolRequest, type EnrolResponse, enrolStatement } from '@app/contracts/wire/enrolment';
import { Injectable } from '@nestjs/common';
import { HubMeta } from '../platform/hub-meta';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { script } from '../platform/scripts';
import { type ClusterRecord, clusterRecord } from './core/cluster-record';
import {
  decideEnrolment,
  type EnrolmentDecision,
  type EnrolmentRefusal,
  enrolledState,
  nameToEnrol,
  refused,
} from './core/enrolment';
import { EnrolmentTokens } from './enrolment-tokens';
import { RegistryContended } from './registry';

/** The enrolment was refused; nothing changed. */
export class EnrolmentRefused extends Error {
  constructor(readonly refusal: Omit<EnrolmentRefusal, 'kind'>) {
    super(refusal.detail);
  }
}

/** Each failed try means that another enrolment went through, and a token allows one: this is never reached in earnest. */
const TRIES = 8;

/**
 * KEYS tokens, clusters, uids, credentials counter.
 * ARGV token id, token as read, token to write, name, record as read or '', record to write, uid, uid's name as read or ''.
 * Writes only when all is still as it was read: one token, one enrolment, whoever else asks at the same time.
 */
const ENROL = script(
  'frEnrol',
  `if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
   if (redis.call('HGET', KEYS[2], ARGV[4]) or '') ~= ARGV[5] then return 0 end
   if (redis.call('HGET', KEYS[3], ARGV[7]) or '') ~= ARGV[8] then return 0 end
   redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
   redis.call('HSET', KEYS[2], ARGV[4], ARGV[6])
   if ARGV[8] == '' then redis.call('HSET', KEYS[3], ARGV[7], ARGV[4]) end
   redis.call('INCR', KEYS[4])
   return 1`,
);

const PROOF_INVALID = refused(400, 'ProofInvalid', 'the proof does not fit the public key and this request');

type Outcome = Readonly<{ response: EnrolResponse; repeated: boolean }>;

/** Lets clusters into the registry. */
@Injectable()
export class Enrolment {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly tokens: EnrolmentTokens,
    private readonly meta: HubMeta,
  ) {}

  /** @throws EnrolmentRefused; StoreUnavailable when nothing is known, and the agent asks again. */
  async enrol(request: EnrolRequest): Promise<Outcome> {
    if (!proves(request)) throw new EnrolmentRefused(PROOF_INVALID);
    const { hubId } = await this.meta.identity();
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const decision = await this.attempt(request);
      if (decision?.kind === 'refused') throw new EnrolmentRefused(decision);
      if (!decision) continue;
      const { record } = decision;
      const response = { cluster: record.name, state: enrolledState(record, request.publicKey), hubId };
      return { response, repeated: decision.kind === 'repeated' };
    }
    throw new RegistryContended('this cluster is being changed by others; ask again');
  }

  /** undefined: something changed between reading and writing. */
  private async attempt(request: EnrolRequest): Promise<EnrolmentDecision | undefined> {
    const found = await this.tokens.find(request.token);
    if (!found) return refused(401, 'TokenUnknown', 'the enrolment token is not one of this hub, or was deleted');
    const name = nameToEnrol(found.record, request.cluster);
    if (typeof name !== 'string') return name;
    const [text, knownAs] = await Promise.all([
      this.redis.hget(this.keys.clusters(), name),
      this.redis.hget(this.keys.clusterUids(), request.clusterUid),
    ]);
    const record = text === null ? null : clusterRecord.parse(JSON.parse(text));
    const decision = decideEnrolment(name, { request, token: found.record, record, knownAs, at: found.at });
    if (decision.kind !== 'enrolled') return decision;
    const stored = await this.commit(decision, {
      tokenText: found.text,
      recordText: text ?? '',
      knownAs: knownAs ?? '',
    });
    return stored ? decision : undefined;
  }

  private async commit(
    { record, token }: Readonly<{ record: ClusterRecord; token: Readonly<{ id: string }> }>,
    read: Readonly<{ tokenText: string; recordText: string; knownAs: string }>,
  ): Promise<boolean> {
    const { keys } = this;
    const args = [
      token.id,
      read.tokenText,
      JSON.stringify(token),
      record.name,
      read.recordText,
      JSON.stringify(record),
    ];
    const reply = await this.redis.run(
      ENROL,
      [keys.enrolmentTokens(), keys.clusters(), keys.clusterUids(), keys.credentials()],
      [...args, record.uid, read.knownAs],
    );
    return reply === 1;
  }
}

/** Whether the sender holds the private half of the key that it brings. */
function proves(request: EnrolRequest): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: request.publicKey }, format: 'jwk' });
    return verify(null, Buffer.from(enrolStatement(request)), key, Buffer.from(request.proof, 'base64url'));
  } catch {
    return false;
  }
}
