import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { CommandContext } from '../context';
import { printOne } from '../output/print';
import { ROLLOUT_LIST } from './core/rollout-list';
import { whyLines } from './core/why-lines';

export const rolloutPath = (id: string): string => `/rollouts/${encodeURIComponent(id)}`;

/** The rollout as one row, and below it what failed or what it waits for. */
export function showRollout(context: CommandContext, rollout: RolloutView): void {
  printOne(context, ROLLOUT_LIST, rollout);
  if (context.output !== 'table' && context.output !== 'wide') return;
  for (const line of whyLines(rollout, context.io.now())) context.io.stderr.write(`${line}\n`);
}
