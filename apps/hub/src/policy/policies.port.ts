import type { ResolvedPolicy } from '@app/contracts/policy/resolved';

/** A policy and the version of it that a rollout freezes. */
export type PolicyVersion = Readonly<{ version: number; policy: ResolvedPolicy }>;

/** Where changes and rollouts find the policies that are in force. Asked for every change and every look at a rollout: keep it in memory. */
export abstract class PolicySource {
  abstract snapshot(): Promise<readonly PolicyVersion[]>;
}
