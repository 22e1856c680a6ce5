import { z } from 'zod';

/** Phases as the API shows them (api.md); what each means is in docs/rollouts.md. */
export const rolloutPhase = z.enum([
  'Draft',
  'Queued',
  'Running',
  'Pausing',
  'Paused',
  'Halted',
  'Cancelling',
  'Superseding',
  'Succeeded',
  'Degraded',
  'Failed',
  'Cancelled',
  'Superseded',
]);
export type RolloutPhase = z.infer<typeof rolloutPhase>;

export const wavePhase = z.enum([
  'Pending',
  'GateBefore',
  'Active',
  'Soaking',
  'GateAfter',
  'Succeeded',
  'Degraded',
  'Failed',
  'Skipped',
  'Cancelled',
  'Superseded',
]);
export type WavePhase = z.infer<typeof wavePhase>;

export const targetPhase = z.enum([
  'Pending',
  'Blocked',
  'Dispatched',
  'Acked',
  'Restarting',
  'Verifying',
  'Unknown',
  'Deferred',
  'Succeeded',
  'Failed',
  'Skipped',
  'Cancelled',
  'Superseded',
]);
export type TargetPhase = z.infer<typeof targetPhase>;

export const restartPhase = z.enum([
  'Pending',
  'Patching',
  'RollingOut',
  'Available',
  'Succeeded',
  'Failed',
  'Skipped',
  'Superseded',
]);
export type RestartPhase = z.infer<typeof restartPhase>;

export const rolloutVerb = z.enum(['start', 'pause', 'resume', 'cancel', 'retry', 'skip', 'replan']);
export type RolloutVerb = z.infer<typeof rolloutVerb>;

const TERMINAL: ReadonlySet<string> = new Set(['Succeeded', 'Degraded', 'Failed', 'Cancelled', 'Superseded']);
/** Nothing leaves a terminal phase. */
export const isTerminalRollout = (phase: RolloutPhase): boolean => TERMINAL.has(phase);

const TARGET_TERMINAL: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Skipped', 'Cancelled', 'Superseded']);
/** Deferred is not terminal: its cluster is still owed the restart. */
export const isTerminalTarget = (phase: TargetPhase): boolean => TARGET_TERMINAL.has(phase);
