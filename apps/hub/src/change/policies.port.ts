import type { PolicyVersion } from './rollout-starter';

/** Where changes find the policies that are in force. Asked for every change: keep it in memory. */
export abstract class PolicySource {
  abstract snapshot(): Promise<readonly PolicyVersion[]>;
}
