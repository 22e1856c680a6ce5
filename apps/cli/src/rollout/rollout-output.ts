import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { CommandContext } from '../context';
import { printOne } from '../output/print';
import { failureLines } from './core/event-line';
import { ROLLOUT_LIST } from './core/rollout-list';

export const rolloutPath = (id: string): string => `/rollouts/${encodeURIComponent(id)}`;

/** The rollout as one row, and below it what failed. */
export function showRollout(context: CommandContext, rollout: RolloutView): void {
  printOne(context, ROLLOUT_LIST, rollout);
  if (context.output !== 'table' && context.output !== 'wide') return;
  for (const line of failureLines(rollout)) context.io.stderr.write(`${line}\n`);
}
