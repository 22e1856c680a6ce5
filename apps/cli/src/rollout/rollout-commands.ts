import { type Command, Option } from 'commander';
import type { RolloutSummary, RolloutView } from '@app/contracts/api/rollout-view';
import { rolloutPhase } from '@app/contracts/phases';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { UsageFailure } from '../failure';
import { oneLine, truncate } from '../output/core/table';
import { isData, print, printData } from '../output/print';
import { wholeView } from './core/live-view';
import { ROLLOUT_LIST } from './core/rollout-list';
import { addStartCommand } from './start-command';
import { addSteeringCommands } from './steering-commands';
import { exitNow, followed, latestRollout, type RolloutFilter, sayRemedy } from './following';
import { rolloutPath, showRollout } from './rollout-output';
import { lineWatcher, watcherFor } from './watchers';

/** `reloadctl rollout …`: rollouts are looked at, followed and steered. */
export function addRolloutCommands(program: Command, run: Run): void {
  const rollout = program.command('rollout').description('rollouts: look at them, follow them, steer them');
  addListing(rollout, run);
  addFollowing(rollout, run);
  addSteeringCommands(rollout, run);
  addStartCommand(rollout, run);
}

function addListing(rollout: Command, run: Run): void {
  rollout
    .command('list')
    .description('rollouts, newest first')
    .addOption(new Option('--phase <phase>', 'only those in this phase').choices(rolloutPhase.options))
    .option('--policy <name>', 'only those of this policy')
    .option('--cluster <name>', 'only those that concern this cluster')
    .action(run(list));
  rollout.command('get <id>').description('one rollout with every cluster and restart').action(run(get));
}

function addFollowing(rollout: Command, run: Run): void {
  rollout
    .command('watch [id]')
    .description('follow a rollout until it ends or halts; the exit code tells how')
    .option('--latest', 'the newest rollout, or the first one to come')
    .option('--policy <name>', 'with --latest: of this policy')
    .option('--cluster <name>', 'with --latest: that concerns this cluster')
    .action(run(watch));
  rollout
    .command('status <id>')
    .description('whether a rollout has succeeded; waits for its end with --wait or --timeout')
    .option('--wait', 'wait until it ends, halts, or --timeout runs out')
    .action(run(status));
  rollout
    .command('wait <id>')
    .description('wait until a rollout ends or halts; the same as status --wait')
    .action(run((context: CommandContext, id: string) => status(context, id, { wait: true })));
}

async function list(context: CommandContext, filter: RolloutFilter): Promise<ExitCode> {
  const { phase, policy, cluster } = filter;
  print(context, ROLLOUT_LIST, await context.hub.list<RolloutSummary>('/rollouts', { phase, policy, cluster }));
  return Exit.ok;
}

async function get(context: CommandContext, id: string): Promise<ExitCode> {
  const { hub, io, output } = context;
  const rollout = await hub.get<RolloutView>(rolloutPath(id));
  if (isData({ output })) printData(context, rollout);
  else if (output === 'name') io.stdout.write(`${rollout.id}\n`);
  else {
    const width = io.isTerminal ? io.columns : Infinity;
    for (const line of wholeView(rollout, io.now())) io.stdout.write(`${truncate(oneLine(line), width)}\n`);
  }
  return Exit.ok;
}

type WatchOptions = Readonly<{ latest?: true; policy?: string; cluster?: string }>;

async function watch(context: CommandContext, id: string | undefined, options: WatchOptions): Promise<ExitCode> {
  const { latest, policy, cluster } = options;
  if ((id === undefined) !== (latest === true)) throw new UsageFailure('give either the ID of a rollout or --latest');
  if (!latest && (policy !== undefined || cluster !== undefined))
    throw new UsageFailure('--policy and --cluster choose among rollouts: they go with --latest');
  if (context.output === 'yaml' || context.output === 'name')
    throw new UsageFailure(`what is watched can not be printed as ${context.output}`, 'Use -o table or -o json.');
  const narrowed = { ...(policy === undefined ? {} : { policy }), ...(cluster === undefined ? {} : { cluster }) };
  const chosen = id ?? (await latestRollout(context, narrowed));
  return followed(context, chosen, watcherFor(context));
}

/** Progress goes to stderr, so that stdout holds the result alone. */
async function status(context: CommandContext, id: string, { wait }: Readonly<{ wait?: boolean }>): Promise<ExitCode> {
  if (wait === true || context.timeoutMs !== undefined) {
    const progress = lineWatcher(context.io, context.io.stderr);
    return followed(context, id, { ...progress, end: (rollout) => showRollout(context, rollout) });
  }
  const rollout = await context.hub.get<RolloutView>(rolloutPath(id));
  showRollout(context, rollout);
  sayRemedy(context, rollout);
  return exitNow(rollout);
}
