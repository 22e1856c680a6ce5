import { z } from 'zod';
import { sourceRef, workloadRef } from '../objects';
import { revision } from '../revision';
import { envelope, MAX_ITEMS_PER_FRAME, messageId, permitId, sentence } from './envelope';
import { sourceFact, workloadFact } from './facts';

/** First frame of a session. */
export const hello = z.strictObject({
  proto: z.strictObject({ min: z.int().min(1), max: z.int().min(1) }),
  agentVersion: z.string().min(1).max(64),
  kubernetesVersion: z.string().max(64),
  clusterUid: z.string().min(1).max(64),
  /** Rises with each change of the leader among an agent's replicas. */
  agentEpoch: z.int().min(0),
  /** Highest hub epoch that this cluster ever obeyed; the hub rises above it before it sends a permit. */
  maxHubEpochSeen: z.int().min(0),
  /** Digest over the whole inventory; equal to the hub's means that no snapshot is needed. */
  inventoryDigest: z.string().max(64),
  keyId: z.string().regex(/^k[0-9a-f]{6}$/),
});
export type Hello = z.infer<typeof hello>;

const items = {
  sources: z.array(sourceFact).max(MAX_ITEMS_PER_FRAME),
  workloads: z.array(workloadFact).max(MAX_ITEMS_PER_FRAME),
};

/** A snapshot is applied as a whole at its end, and only when `sources` and `workloads` count what arrived. */
export const snapshotBegin = z.strictObject({ snapshot: messageId });
export const snapshotItems = z.strictObject({ snapshot: messageId, ...items });
export const snapshotEnd = z.strictObject({
  snapshot: messageId,
  sources: z.int().min(0),
  workloads: z.int().min(0),
  inventoryDigest: z.string().max(64),
});

/** What changed since the last acknowledged report: latest fact per object, so a repeat is harmless. */
export const report = z.strictObject({
  ...items,
  goneSources: z.array(sourceRef).max(MAX_ITEMS_PER_FRAME),
  goneWorkloads: z.array(workloadRef).max(MAX_ITEMS_PER_FRAME),
  inventoryDigest: z.string().max(64),
});
export type Report = z.infer<typeof report>;

/** The permits of one frame were taken in; each is answered by a `result` later. */
export const permitAck = z.strictObject({
  rollout: z.string().max(64),
  attempt: z.int().min(1),
  permits: z.array(permitId).max(1000),
});

export const progress = z.strictObject({
  rollout: z.string().max(64),
  permit: permitId,
  attempt: z.int().min(1),
  workload: workloadRef,
  phase: z.enum(['Patching', 'RollingOut', 'Available']),
  message: sentence,
});

/**
 * How a permit ended in the cluster.
 * APPLIED and ALREADY_APPLIED: seen ready on the revision. ROLLOUT_FAILED, TIMEOUT, PATCH_REJECTED: failures.
 * SKIPPED: nothing to restart (reason says why). The others: refused, nothing was written.
 */
export const OUTCOMES = [
  'APPLIED',
  'ALREADY_APPLIED',
  'SKIPPED',
  'STALE_REVISION',
  'SUPERSEDED_UID',
  'NOT_FOUND',
  'EXPIRED',
  'FENCED',
  'REVOKED',
  'LOCALLY_DENIED',
  'PATCH_REJECTED',
  'ROLLOUT_FAILED',
  'TIMEOUT',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const result = z.strictObject({
  rollout: z.string().max(64),
  permit: permitId,
  attempt: z.int().min(1),
  workload: workloadRef,
  outcome: z.enum(OUTCOMES),
  /** Stable code, e.g. CrashLoop, ProgressDeadline, OnDelete; empty on plain success. */
  reason: z.string().max(64),
  message: sentence,
  fromRevision: revision.nullable(),
  toRevision: revision,
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime(),
  pods: z.strictObject({ desired: z.int().min(0), updated: z.int().min(0), ready: z.int().min(0) }),
  /** Nobody permitted it: the hub could not be reached, and the cluster had been told to act by itself then. */
  authority: z.literal('local').optional(),
});
export type Result = z.infer<typeof result>;

/** Something about the cluster that a person should know and that stops nothing. */
export const clusterWarning = z.strictObject({ code: z.string().max(64), detail: sentence });
export type ClusterWarning = z.infer<typeof clusterWarning>;
export const MAX_WARNINGS = 20;

export const heartbeat = z.strictObject({
  pending: z.int().min(0),
  inventoryDigest: z.string().max(64),
  /** Since version 2; absent: there are none. */
  warnings: z.array(clusterWarning).max(MAX_WARNINGS).optional(),
});

export const agentError = z.strictObject({ code: z.string().max(64), message: sentence, retryable: z.boolean() });

export const agentMessage = z.discriminatedUnion('t', [
  envelope('hello', hello),
  envelope('snapshotBegin', snapshotBegin),
  envelope('snapshotItems', snapshotItems),
  envelope('snapshotEnd', snapshotEnd),
  envelope('report', report),
  envelope('permitAck', permitAck),
  envelope('progress', progress),
  envelope('result', result),
  envelope('heartbeat', heartbeat),
  envelope('error', agentError),
]);
/** Every frame that an agent may send. Closed on every level: there is no field in which a value could travel. */
export type AgentMessage = z.infer<typeof agentMessage>;
export type AgentMessageOf<T extends AgentMessage['t']> = Extract<AgentMessage, { t: T }>;
