import type { OutOfTouch } from '../../../gateway/agent.port';
import type { Instant } from '../../../rollout/core/model';

/**
 * Agents that lost their hub, or were started anew, are back within this time as a rule. In milliseconds. Whoever is away
 * for longer is planned as off line, in the wave where it belongs, so that nothing is gained by waiting on.
 */
export const RETURN_MS = 30_000;

/**
 * The clusters that a plan should not be made without: they use the source, and their agents were there a moment ago, so
 * that they may be about to tell of the same change. Without them a later wave could be all that there is to restart.
 * @param graceMs the policy's own patience with clusters that are off line
 */
export const expectedBack = (
  absent: readonly OutOfTouch[],
  { at, graceMs }: Readonly<{ at: Instant; graceMs: number }>,
): readonly string[] =>
  absent
    .filter(({ since }) => at - since < Math.min(graceMs, RETURN_MS))
    .map(({ cluster }) => cluster)
    .sort();
