import { z } from 'zod';
import { span } from './durations';
import { notifySpec } from './receivers';

/** How many targets of a wave start at first, and how fast they become more. */
export const rampSpec = z.strictObject({
  start: z.int().min(1).max(100_000).optional(),
  factor: z.number().gt(1, 'must be more than 1: a ramp grows').max(1000).optional(),
});

/** How often a failed restart is tried, the first time counted, and how long apart. */
export const retrySpec = z.strictObject({
  attempts: z.int().min(1).max(100),
  backoff: z
    .strictObject({
      type: z.enum(['exponential', 'constant']).optional(),
      base: span.optional(),
      max: span.optional(),
      jitter: z.number().min(0).max(1).optional(),
    })
    .optional(),
});

export const onHaltSpec = z.strictObject({ ttl: span.optional(), notify: notifySpec.optional() });

export const joinersSpec = z.strictObject({ policy: z.enum(['catchUp', 'join', 'ignore']) });

export const supersedeSpec = z.strictObject({
  policy: z.enum(['latestWins', 'queue', 'reject']).optional(),
  inFlight: z.literal('finish').optional(),
  carryApprovals: z.literal(false).optional(),
  maxChain: z.int().min(1).max(1000).optional(),
});

/** What this release does with a source that goes back to what it was; there is nothing else to choose. */
export const revertSpec = z.strictObject({ smart: z.literal(true).optional() });

export const flapSpec = z.strictObject({
  distinctRevisions: z.int().min(2).max(1000).optional(),
  within: span.optional(),
  stableFor: span.optional(),
  action: z.enum(['quarantine', 'alert']).optional(),
});
