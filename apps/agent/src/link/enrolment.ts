import { type EnrolRequest, type EnrolResponse, enrolResponse } from '@app/contracts/wire/enrolment';
import { parseJson } from '@app/contracts/parse-json';
import { HttpPool, targetOf, textOf } from '../platform/http-pool';
import { readRefusal, type Refusal } from './core/refusal';
import type { Identity } from './identity';
import type { LinkOptions } from './link-options';

const DEADLINE_MS = 15_000;
/** A hub says little; whoever says more is none. */
const MOST_ANSWER_BYTES = 65_536;

export type EnrolAnswer =
  | Readonly<{ kind: 'enrolled'; response: EnrolResponse }>
  | Readonly<{ kind: 'refused'; refusal: Refusal }>
  | Readonly<{ kind: 'unreachable'; message: string }>;

/**
 * Trades the single-use token for an identity. Safe to repeat with the same key: the hub gives the same answer.
 * Never throws.
 */
export async function enrol(options: LinkOptions, identity: Identity, clusterUid: string): Promise<EnrolAnswer> {
  const pool = new HttpPool({ idleMs: DEADLINE_MS, tls: options.hubCa === null ? {} : { ca: options.hubCa } });
  try {
    const answer = await pool.send({
      ...targetOf(hubEndpoint(options.hubUrl, 'enrol')),
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(enrolBody(options, identity, clusterUid)),
      deadlineMs: DEADLINE_MS,
    });
    return read(answer.status, await textOf(answer, MOST_ANSWER_BYTES), answer.headers['retry-after']);
  } catch (error) {
    return { kind: 'unreachable', message: error instanceof Error ? error.message : String(error) };
  } finally {
    pool.destroy();
  }
}

/** Keeps a path prefix that the hub is served under. */
export const hubEndpoint = (hubUrl: string, name: 'enrol' | 'connect'): URL =>
  new URL(`agent/v1/${name}`, hubUrl.endsWith('/') ? hubUrl : `${hubUrl}/`);

function enrolBody(options: LinkOptions, identity: Identity, clusterUid: string): EnrolRequest {
  const token = options.enrolmentToken ?? '';
  const { publicKey } = identity;
  return {
    token,
    ...(options.clusterName === null ? {} : { cluster: options.clusterName }),
    labels: { ...options.clusterLabels },
    clusterUid,
    publicKey,
    proof: identity.prove({ token, publicKey, clusterUid }),
    agentVersion: options.agentVersion,
  };
}

function read(status: number, text: string, retryAfter: string | undefined): EnrolAnswer {
  if (status >= 300) return { kind: 'refused', refusal: readRefusal(status, text, retryAfter) };
  const parsed = enrolResponse.safeParse(parseJson(text));
  return parsed.success
    ? { kind: 'enrolled', response: parsed.data }
    : { kind: 'unreachable', message: 'the answer to the enrolment was not that of a hub' };
}
