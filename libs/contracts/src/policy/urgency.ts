import type { Amount } from './amounts';

/**
 * Why contents change under a policy: `renewal`, the old one is good for a while; `rotation`, both are for as long as it
 * takes; `revocation`, the old one is dead already, so that every cluster that waits is one that is broken.
 */
export const URGENCIES = ['renewal', 'rotation', 'revocation'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** What holds where a policy leaves it unsaid. */
export type Unsaid = Readonly<{
  priority: number;
  /** After every wave but the last. */
  soakMs: number;
  /** In every wave but the first, which takes one cluster at a time. */
  maxConcurrency: Amount;
}>;

/** What a policy that says nothing of its urgency leaves unsaid. */
export const USUAL: Unsaid = { priority: 0, soakMs: 15 * 60_000, maxConcurrency: { percent: 25 } };
/** The highest priority that can be written: others can come level with it, not before it. */
const URGENT: Unsaid = { priority: 1_000_000, soakMs: 2 * 60_000, maxConcurrency: { percent: 50 } };

export const unsaidBy = (urgency: Urgency | undefined): Unsaid => (urgency === 'revocation' ? URGENT : USUAL);

/** Of a policy with its defaults written out; those that were frozen before there was a choice say nothing. */
export const urgencyOf = ({ urgency }: Readonly<{ urgency?: Urgency | undefined }>): Urgency => urgency ?? 'rotation';
