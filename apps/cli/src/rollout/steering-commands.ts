import type { Command } from 'commander';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { UsageFailure } from '../failure';
import { rolloutPath, showRollout } from './rollout-output';

type Why = Readonly<{ reason?: string }>;
const REASON = ['--reason <text>', 'why; kept in the audit log'] as const;

/** The verbs that change what a rollout does. Each prints the rollout as it is afterwards. */
export function addSteeringCommands(rollout: Command, run: Run): void {
  addVerb(rollout, run, { verb: 'pause', description: 'start nothing new; what is under way finishes' });
  rollout
    .command('resume <id>')
    .description('go on with a paused rollout, or with a halted one whose failures are accepted')
    .option('--accept-failures', 'go on although clusters failed; they count as failed')
    .option(...REASON)
    .action(
      run((context: CommandContext, id: string, { reason, acceptFailures }: Why & { acceptFailures?: true }) =>
        act(context, `${rolloutPath(id)}:resume`, { reason, acceptFailures }),
      ),
    );
  addVerb(rollout, run, { verb: 'cancel', description: 'end it for good; what is under way finishes' });
  addVerb(rollout, run, { verb: 'retry', description: 'try once more what failed; only in a halted rollout' });
  addVerb(rollout, run, {
    verb: 'replan',
    description: 'make a successor under the policy as it is now; prints that one',
  });
  addSkip(rollout, run);
}

function addVerb(rollout: Command, run: Run, { verb, description }: Readonly<Record<'verb' | 'description', string>>) {
  rollout
    .command(`${verb} <id>`)
    .description(description)
    .option(...REASON)
    .action(
      run((context: CommandContext, id: string, { reason }: Why) =>
        act(context, `${rolloutPath(id)}:${verb}`, { reason }),
      ),
    );
}

type Skipped = Readonly<{ wave?: string; cluster?: string; reason: string }>;

function addSkip(rollout: Command, run: Run): void {
  rollout
    .command('skip <id>')
    .description('leave a wave or a cluster out')
    .option('--wave <name>', 'the whole wave')
    .option('--cluster <name>', 'this cluster alone')
    .requiredOption(...REASON)
    .action(
      run(async (context: CommandContext, id: string, { wave, cluster, reason }: Skipped) => {
        if ((wave === undefined) === (cluster === undefined))
          throw new UsageFailure('name what to skip: either --wave or --cluster');
        return act(context, `${rolloutPath(id)}:skip`, { wave, cluster, reason });
      }),
    );
}

async function act(context: CommandContext, path: string, body: object): Promise<ExitCode> {
  showRollout(context, await context.hub.send<RolloutView>('POST', path, body));
  return Exit.ok;
}
