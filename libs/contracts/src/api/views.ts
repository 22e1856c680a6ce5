import { z } from 'zod';
import { plannedGate } from './gates';
import { sourceRef, workloadRef } from '../objects';
import { URGENCIES } from '../policy/urgency';
import { sourceAnnotations, usedSource, WORKLOAD_STATES, workloadAnnotations } from '../wire/facts';

const time = z.iso.datetime();

/** Every list: `nextCursor` null is the end. */
export const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** RFC 9457. `pointer` is a JSON pointer into the body, or `?name` for a query parameter. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(
    z.object({
      pointer: z.string(),
      code: z.string().optional(),
      detail: z.string(),
      expected: z.string().optional(),
      line: z.int().optional(),
      column: z.int().optional(),
    }),
  ),
  requestId: z.string(),
  allowed: z.array(z.string()).optional(),
  phase: z.string().optional(),
});
export type Problem = z.infer<typeof problem>;

export const versionView = z.object({
  version: z.string(),
  commit: z.string(),
  protocol: z.object({ min: z.int(), max: z.int() }),
});

/** Whether the hub has lost its store: nothing starts then before the clusters have said where they stand. */
export const recoveryView = z.object({
  recovering: z.boolean(),
  /** How many of those that were restored have not yet. */
  missing: z.int(),
  /** Which, as far as the reader may see them. */
  clusters: z.array(z.string()),
});
export type RecoveryView = z.infer<typeof recoveryView>;

export const CLUSTER_STATES = ['Pending', 'Online', 'Suspect', 'Offline', 'Drained', 'Revoked'] as const;
export const clusterView = z.object({
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  state: z.enum(CLUSTER_STATES),
  reason: z.string(),
  drained: z.boolean(),
  agentVersion: z.string(),
  kubernetesVersion: z.string(),
  lastSeen: time.nullable(),
  sources: z.int(),
  workloads: z.int(),
  pending: z.int(),
  /** What a person should know of the cluster, and that stops nothing. */
  warnings: z.array(z.object({ code: z.string(), detail: z.string() })),
});
export type ClusterView = z.infer<typeof clusterView>;

export const sourceView = sourceRef.extend({
  cluster: z.string(),
  labels: z.record(z.string(), z.string()),
  revision: z.string().nullable(),
  changedAt: time.nullable(),
  quarantinedUntil: time.nullable(),
  usedBy: z.array(z.string()),
  /** What its annotations ask for; absent: nothing. */
  annotations: sourceAnnotations.optional(),
});
export type SourceView = z.infer<typeof sourceView>;

export const workloadView = workloadRef.extend({
  cluster: z.string(),
  uid: z.string(),
  labels: z.record(z.string(), z.string()),
  state: z.enum(WORKLOAD_STATES),
  reason: z.string(),
  message: z.string(),
  want: z.string().nullable(),
  have: z.string().nullable(),
  proof: z.enum(['exact', 'inferred', 'unknown']),
  sources: z.array(usedSource),
  pods: z.object({ desired: z.int(), updated: z.int(), ready: z.int() }),
  /** What its annotations ask for; absent: nothing. */
  annotations: workloadAnnotations.optional(),
  /** The disruption budget that lets none of its pods go; absent: none that is known. */
  budget: z.string().optional(),
  /** The reason why a new pod template would restart nothing of it now; absent: it would. */
  still: z.string().optional(),
});
export type WorkloadView = z.infer<typeof workloadView>;

export const policyView = z.object({
  name: z.string(),
  version: z.int(),
  priority: z.int(),
  urgency: z.enum(URGENCIES).optional(),
  enabled: z.boolean(),
  /** `builtin` is the default nobody replaced; `file` comes from HUB_POLICY_DIR and is read-only here. */
  origin: z.enum(['builtin', 'api', 'file']),
  /** The document as it was sent. */
  document: z.record(z.string(), z.unknown()),
  warnings: z.array(z.object({ code: z.string(), detail: z.string() })),
  updatedAt: time,
  updatedBy: z.string(),
});
export type PolicyView = z.infer<typeof policyView>;

export const planView = z.object({
  policy: z.object({ name: z.string(), version: z.int(), urgency: z.enum(URGENCIES).optional() }),
  planHash: z.string(),
  planned: z.int(),
  waves: z.array(
    z.object({
      name: z.string(),
      /** `Skipped` with the reason `Empty`: it has no clusters. */
      phase: z.string(),
      reason: z.string().optional(),
      maxConcurrency: z.int(),
      maxFailures: z.int(),
      soakSeconds: z.number(),
      gates: z.array(plannedGate).optional(),
      /** When it is likely to start, and to be through without its soak. */
      estimate: z.object({ startsAt: time.nullable(), endsAt: time.nullable() }).optional(),
      targets: z.array(
        z.object({
          cluster: z.string(),
          earliest: time.nullable(),
          workloads: z.array(workloadRef.extend({ replicas: z.int(), state: z.string(), reason: z.string() })),
        }),
      ),
    }),
  ),
  /** When all is likely to be through, if one restart lasts `restartSeconds`. */
  estimate: z.object({ endsAt: time.nullable(), restartSeconds: z.number() }).optional(),
  warnings: z.array(z.object({ code: z.string(), detail: z.string(), subject: z.string() })),
});
export type PlanView = z.infer<typeof planView>;

export const convergenceView = z.object({
  items: z.array(
    z.object({
      cluster: z.string(),
      state: z.enum(['Converged', 'Behind', 'Unknown']),
      reason: z.string(),
      revision: z.string().nullable(),
      workloads: z.object({ total: z.int(), current: z.int() }),
      pods: z.object({ total: z.int(), current: z.int() }),
    }),
  ),
});
export type ConvergenceView = z.infer<typeof convergenceView>;

export const explainView = z.object({
  checks: z.array(z.object({ check: z.string(), ok: z.boolean(), detail: z.string() })),
  next: z.string(),
});
export type ExplainView = z.infer<typeof explainView>;

export const auditView = z.object({
  id: z.string(),
  at: time,
  actor: z.string(),
  from: z.string(),
  action: z.string(),
  subject: z.string(),
  reason: z.string(),
  detail: z.record(z.string(), z.unknown()),
});

export const eventView = z.object({
  id: z.string(),
  at: time,
  type: z.string(),
  rollout: z.string().nullable(),
  cluster: z.string().nullable(),
  reason: z.string(),
  message: z.string(),
});
export type EventView = z.infer<typeof eventView>;

export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];
export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  /** Selector that limits reading and acting; null: every cluster. */
  clusters: z.string().nullable(),
  /** Groups that approvers of gates are named by. */
  groups: z.array(z.string()),
  createdAt: time,
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable(),
});
export const enrolmentTokenView = z.object({
  id: z.string(),
  cluster: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  createdAt: time,
  expiresAt: time,
  usedBy: z.string().nullable(),
});
