import { z } from 'zod';

const time = z.iso.datetime();

/**
 * NotOpen: its wave has not come to it, nobody can decide yet. Open: it waits. Approved: people let it through, a schedule
 * also early; Passed: its time came. Rejected, Expired: the rollout halts on it. Void: nothing depends on it any more.
 */
export const GATE_STATES = ['NotOpen', 'Open', 'Approved', 'Passed', 'Rejected', 'Expired', 'Void'] as const;
export const gateState = z.enum(GATE_STATES);
export type GateState = z.infer<typeof gateState>;

const gateType = z.enum(['approval', 'schedule', 'wait']);

/** A gate of a wave that is planned. */
export const plannedGate = z.object({
  side: z.enum(['before', 'after']),
  type: gateType,
  name: z.string(),
  /** Approvals that it takes; 0: it passes by itself. */
  need: z.int(),
  /** null: everybody with the role. */
  approvers: z.array(z.string()).nullable(),
  notRequester: z.boolean(),
});

const decision = z.object({ actor: z.string(), at: time, reason: z.string() });

/** What a wave waits for before it starts, or after it is through, beside its restarts. */
export const gateView = plannedGate.extend({
  id: z.string(),
  rollout: z.string(),
  wave: z.string(),
  state: gateState,
  reason: z.string(),
  message: z.string(),
  given: z.int(),
  approvals: z.array(decision),
  rejection: decision.nullable(),
  openedAt: time.nullable(),
  /** Of an approval. */
  expiresAt: time.nullable(),
  /** Of the others: when it passes by itself. */
  passesAt: time.nullable(),
});
export type GateView = z.infer<typeof gateView>;
