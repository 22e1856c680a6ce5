import type { cancel, KeyRule, Permit } from '@app/contracts/wire/hub-messages';
import type { progress, Result } from '@app/contracts/wire/agent-messages';
import type { z } from 'zod';

/** What the hub may tell this cluster to do. */
export interface PermitHandler {
  /** `hubNow` is the hub's time in epoch ms; the wall clock of this machine decides nothing. */
  permit(permit: Permit, hubNow: () => number): void;
  cancel(message: z.infer<typeof cancel>): void;
  /** Which keys of sources count from now on. */
  keyRules(rules: readonly KeyRule[]): void;
  /** Highest hub epoch obeyed so far; rises through `obey`. */
  maxHubEpochSeen(): number;
  obey(hubEpoch: number): void;
}

/** The one connection to the hub. Results are kept and sent again until the hub has stored them. */
export interface HubLink {
  start(handler: PermitHandler): void;
  progress(message: z.infer<typeof progress>): void;
  result(message: Result): void;
  status(): Readonly<{ connected: boolean; since: number; detail: string }>;
  stop(): Promise<void>;
}

/** Whether the hub is there at all: an answer that says no is one. */
export interface HubContact {
  /** For how long nothing was heard of the hub, ms on a clock that never jumps; 0 while it answers. */
  outOfTouchMs(): number;
}
