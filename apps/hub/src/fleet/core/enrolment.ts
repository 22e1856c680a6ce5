import type { Labels } from '@app/contracts/objects';
import type { EnrolRequest } from '@app/contracts/wire/enrolment';
import { z } from 'zod';
import type { ClusterRecord } from './cluster-record';

/** An enrolment token as the store keeps it. Times are epoch milliseconds. */
export const enrolmentToken = z.object({
  id: z.string(),
  /** SHA-256 of the whole token, hex. The token is random, so its digest tells nothing. */
  hash: z.string(),
  cluster: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  createdAt: z.int(),
  expiresAt: z.int(),
  usedBy: z.object({ cluster: z.string(), publicKey: z.string(), at: z.int() }).nullable(),
});
export type EnrolmentToken = z.infer<typeof enrolmentToken>;

/** `request.token` was found to be `token`, and `request.proof` to hold. */
export type EnrolmentFacts = Readonly<{
  request: Omit<EnrolRequest, 'token' | 'proof'>;
  token: EnrolmentToken;
  /** What is registered under the name that `nameToEnrol` gave. */
  record: ClusterRecord | null;
  /** Name under which the cluster's UID is known; null: it is not. */
  knownAs: string | null;
  at: number;
}>;

export type EnrolmentRefusal = Readonly<{
  kind: 'refused';
  status: 400 | 401 | 403 | 409;
  code: string;
  detail: string;
  /** The cluster whose identity another one asked for, with a token that is bound to it. */
  claims?: string;
}>;
export type EnrolmentDecision =
  | EnrolmentRefusal
  /** The same agent asks again, perhaps because the first answer was lost: nothing changes. */
  | Readonly<{ kind: 'repeated'; record: ClusterRecord }>
  | Readonly<{ kind: 'enrolled'; record: ClusterRecord; token: EnrolmentToken }>;

/** The name that the cluster will have: the token's when it is bound to one, else what the agent asks for. */
export function nameToEnrol(token: EnrolmentToken, asked: string | undefined): string | EnrolmentRefusal {
  if (token.cluster !== null && asked !== undefined && asked !== token.cluster) {
    return refused(403, 'TokenBoundElsewhere', `the token enrols cluster ${token.cluster}, not ${asked}`);
  }
  return (
    token.cluster ??
    asked ??
    refused(400, 'ClusterNameMissing', 'the token is bound to no cluster, so the agent has to give a name')
  );
}

/** Whether an agent may take the name, and whether a person has to approve first. */
export function decideEnrolment(name: string, facts: EnrolmentFacts): EnrolmentDecision {
  const { token, record, request, at } = facts;
  if (token.usedBy) return repeatedOrUsed(name, facts);
  if (token.expiresAt <= at) return refused(401, 'TokenExpired', 'the enrolment token has expired: create another');
  if (record && record.uid !== request.clusterUid) {
    const detail = `another cluster is registered as ${name}: choose another name, or remove that one first`;
    return { ...refused(409, 'IdentityConflict', detail), ...(token.cluster === name && { claims: name }) };
  }
  const used = { ...token, usedBy: { cluster: name, publicKey: request.publicKey, at } };
  return { kind: 'enrolled', record: record ? reenrolled(record, facts) : registered(name, facts), token: used };
}

function repeatedOrUsed(name: string, { token, record, request }: EnrolmentFacts): EnrolmentDecision {
  const same =
    token.usedBy?.publicKey === request.publicKey &&
    token.usedBy.cluster === name &&
    record?.uid === request.clusterUid;
  if (same && record) return { kind: 'repeated', record };
  return refused(401, 'TokenUsed', 'the enrolment token has been used: create another');
}

/** A cluster known under another name waits for a person, even with a token that is bound to the new name. */
function registered(name: string, { token, request, knownAs, at }: EnrolmentFacts): ClusterRecord {
  const trusted = token.cluster === name && (knownAs === null || knownAs === name);
  return {
    name,
    labels: merged(request.labels, token.labels),
    uid: request.clusterUid,
    publicKey: request.publicKey,
    state: trusted ? 'Approved' : 'Pending',
    credVersion: 1,
    drained: false,
    agentVersion: request.agentVersion,
    kubernetesVersion: '',
    createdAt: at,
    candidate: null,
  };
}

/** A key is never replaced silently: a new one waits beside the old, which goes on working. */
function reenrolled(record: ClusterRecord, { token, request, at }: EnrolmentFacts): ClusterRecord {
  const { publicKey, agentVersion } = request;
  if (record.state === 'Pending') {
    const trusted = token.cluster === record.name && record.publicKey === publicKey;
    return {
      ...record,
      publicKey,
      agentVersion,
      state: trusted ? 'Approved' : 'Pending',
      credVersion: record.credVersion + 1,
    };
  }
  if (record.state === 'Approved' && record.publicKey === publicKey) return { ...record, agentVersion };
  return { ...record, candidate: { publicKey, agentVersion, at } };
}

/** What an administrator wrote into the token wins over what the agent says of itself. */
const merged = (asked: Labels | undefined, given: Labels): Record<string, string> => ({ ...asked, ...given });

export const refused = (status: EnrolmentRefusal['status'], code: string, detail: string): EnrolmentRefusal => ({
  kind: 'refused',
  status,
  code,
  detail,
});

/** What the agent is told: its own key is trusted, or it waits. */
export const enrolledState = (record: ClusterRecord, publicKey: string): 'Approved' | 'Pending' =>
  record.state === 'Approved' && record.publicKey === publicKey ? 'Approved' : 'Pending';
