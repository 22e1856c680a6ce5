import { type EnrolRequest, type EnrolResponse, enrolResponse } from '@app/contracts/wire/enrolment';
import { Agent, request } from 'undici';
import { parseJson } from './core/json';
import { readRefusal, type Refusal } from './core/refusal';
import type { Identity } from './identity';
import type { LinkOptions } from './link-options';

const DEADLINE_MS = 15_000;

export type EnrolAnswer =
  | Readonly<{ kind: 'enrolled'; response: EnrolResponse }>
  | Readonly<{ kind: 'refused'; refusal: Refusal }>
  | Readonly<{ kind: 'unreachable'; message: string }>;

/**
 * Trades the single-use token for an identity. Safe to repeat with the same key: the hub gives the same answer.
 * Never throws.
 */
export async function enrol(options: LinkOptions, identity: Identity, clusterUid: string): Promise<EnrolAnswer> {
  const dispatcher = new Agent({ connect: options.hubCa === null ? {} : { ca: options.hubCa } });
  try {
    const answer = await request(hubEndpoint(options.hubUrl, 'enrol').href, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(enrolBody(options, identity, clusterUid)),
      headersTimeout: DEADLINE_MS,
      bodyTimeout: DEADLINE_MS,
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return read(answer.statusCode, await answer.body.text());
  } catch (error) {
    return { kind: 'unreachable', message: error instanceof Error ? error.message : String(error) };
  } finally {
    await dispatcher.destroy();
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

function read(status: number, text: string): EnrolAnswer {
  if (status >= 300) return { kind: 'refused', refusal: readRefusal(status, text) };
  const parsed = enrolResponse.safeParse(parseJson(text));
  return parsed.success
    ? { kind: 'enrolled', response: parsed.data }
    : { kind: 'unreachable', message: 'the answer to the enrolment was not that of a hub' };
}
