import type { z } from 'zod';
import { durationOr } from './amounts';
import type { flapSpec, rampSpec, retrySpec, supersedeSpec } from './rules-schema';

/** Targets start in batches: `start` at first, and each batch that succeeds makes the next one `factor` times as large. */
export type Ramp = Readonly<{ start: number; factor: number }>;

export type Retry = Readonly<{
  /** Tries in all, the first one counted. */
  attempts: number;
  exponential: boolean;
  baseMs: number;
  maxMs: number;
  /** Part of the pause by which it is longer or shorter, from 0 to 1. */
  jitter: number;
}>;

/** What becomes of a rollout under way when a newer revision of its source comes. */
export type Supersede = Readonly<{
  policy: 'latestWins' | 'queue' | 'reject';
  /** Rollouts in a row that were superseded before they succeeded, after which the source counts as flapping. */
  maxChain: number;
}>;

/** When a source changes too often to be followed. */
export type Flap = Readonly<{
  distinctRevisions: number;
  withinMs: number;
  /** It is followed again when it has not changed for so long. */
  stableMs: number;
  action: 'quarantine' | 'alert';
}>;

const MINUTE = 60_000;

export const resolveRamp = (spec: z.infer<typeof rampSpec>): Ramp => ({
  start: spec.start ?? 1,
  factor: spec.factor ?? 2,
});

export const resolveRetry = ({ attempts, backoff }: z.infer<typeof retrySpec>): Retry => ({
  attempts,
  exponential: backoff?.type !== 'constant',
  baseMs: durationOr(backoff?.base, 30_000),
  maxMs: durationOr(backoff?.max, 10 * MINUTE),
  jitter: backoff?.jitter ?? 0.2,
});

export const resolveSupersede = (spec: z.infer<typeof supersedeSpec> | undefined): Supersede => ({
  policy: spec?.policy ?? 'latestWins',
  maxChain: spec?.maxChain ?? 5,
});

export const resolveFlap = (spec: z.infer<typeof flapSpec> | undefined): Flap => ({
  distinctRevisions: spec?.distinctRevisions ?? 5,
  withinMs: durationOr(spec?.within, 5 * MINUTE),
  stableMs: durationOr(spec?.stableFor, 10 * MINUTE),
  action: spec?.action ?? 'quarantine',
});

/** Of a policy that says nothing about it. */
export const DEFAULT_FLAP = resolveFlap(undefined);
