import { z } from 'zod';
import { gateView } from './gates';
import { sourceRef, workloadRef } from '../objects';
import { restartPhase, rolloutPhase, targetPhase, wavePhase } from '../phases';

const time = z.iso.datetime();
const reason = { reason: z.string(), message: z.string() };

export const restartView = workloadRef.extend({
  phase: restartPhase,
  ...reason,
  revision: z.string().nullable(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
});

export const targetView = z.object({
  cluster: z.string(),
  phase: targetPhase,
  ...reason,
  until: time.nullable(),
  attempt: z.int(),
  restarts: z.array(restartView),
});

export const waveView = z.object({
  name: z.string(),
  phase: wavePhase,
  ...reason,
  dependsOn: z.array(z.string()),
  maxConcurrency: z.int(),
  maxFailures: z.int(),
  soakUntil: time.nullable(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  gates: z.array(gateView),
  targets: z.array(targetView),
});

export const waitingView = z.object({
  reason: z.string(),
  until: time.nullable(),
  detail: z.string(),
  /** Of a wait for a window: which, and why. */
  closedBecause: z.string().optional(),
  /** null: no opening is known. */
  nextOpen: time.nullable().optional(),
  nextClose: time.nullable().optional(),
  /** Id of the gate that is waited for. */
  gate: z.string().optional(),
});

/** A rollout as `GET /rollouts/{id}` answers it. */
export const rolloutView = z.object({
  id: z.string(),
  policy: z.object({ name: z.string(), version: z.int() }),
  /** A newer version of the policy exists than the one this rollout froze. */
  policyOutdated: z.boolean(),
  phase: rolloutPhase,
  ...reason,
  cause: z.object({
    sources: z.array(sourceRef.extend({ cluster: z.string(), from: z.string().nullable(), to: z.string().nullable() })),
    /** Of a rollout of workloads that a person named, which has no sources. */
    workloads: z.array(workloadRef).optional(),
    /** They restart although nothing new is to be brought. */
    force: z.boolean().optional(),
    trigger: z.enum(['change', 'manual']),
    actor: z.string().nullable(),
    reason: z.string().nullable(),
  }),
  supersededBy: z.string().nullable(),
  waitingFor: z.array(waitingView),
  waves: z.array(waveView),
  counts: z.object({
    targets: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    skipped: z.int(),
    deferred: z.int(),
    pending: z.int(),
  }),
  planHash: z.string(),
  allowed: z.array(z.string()),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  version: z.int(),
});
export type RolloutView = z.infer<typeof rolloutView>;

/** A rollout as lists show it: without waves. */
export const rolloutSummary = rolloutView.omit({ waves: true });
export type RolloutSummary = z.infer<typeof rolloutSummary>;
