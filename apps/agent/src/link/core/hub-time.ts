import type { Result } from '@app/contracts/wire/agent-messages';

/**
 * The same result with its times on the hub's clock. This machine's wall clock may be hours off, and beside times of other
 * clusters and of the hub itself its own would say nothing.
 *
 * @param aheadMs how far the hub's clock is ahead of this machine's wall clock
 */
export function onHubTime(result: Result, aheadMs: number): Result {
  const moved = (time: string): string => new Date(Date.parse(time) + aheadMs).toISOString();
  const { startedAt, finishedAt } = result;
  return { ...result, startedAt: startedAt === null ? null : moved(startedAt), finishedAt: moved(finishedAt) };
}
