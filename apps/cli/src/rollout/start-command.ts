import type { Command } from 'commander';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { UsageFailure } from '../failure';
import { startedArguments } from '../insight/object-arguments';
import { rolloutPath, showRollout } from './rollout-output';

type Options = Readonly<{ reason: string; clusters?: string; policy?: string; planHash?: string; force?: true }>;

/** `rollout start`: of what is pending, of workloads by force, or of a draft. */
export function addStartCommand(rollout: Command, run: Run): void {
  rollout
    .command('start <what...>')
    .description(
      'start what is pending for a source or for workloads (KIND/NAMESPACE/NAME), or a rollout that waits as a draft (ID)',
    )
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .option('--clusters <selector>', 'only in these clusters, for example env=dev')
    .option('--policy <name>', 'under this policy')
    .option('--plan-hash <hash>', 'only if the plan is still the one that reloadctl plan showed')
    .option('--force', 'restart also what has nothing new; agents need --allow-forced-restarts')
    .action(run(start));
}

async function start(context: CommandContext, what: string[], options: Options): Promise<ExitCode> {
  const { path, body } = request(what, options);
  showRollout(context, await context.hub.send<RolloutView>('POST', path, body));
  return Exit.ok;
}

function request(what: readonly string[], options: Options): Readonly<{ path: string; body: object }> {
  const [id = ''] = what;
  const { reason, clusters, policy, planHash, force } = options;
  if (what.some((text) => text.includes('/'))) {
    const started = startedArguments(what);
    if (planHash !== undefined && (force || 'workloads' in started))
      throw new UsageFailure('a plan is of what is pending for a source: leave --plan-hash out');
    return { path: '/rollouts', body: { ...started, ...options } };
  }
  if (what.length > 1) throw new UsageFailure('start one draft at a time');
  if (clusters !== undefined || policy !== undefined || force)
    throw new UsageFailure('a draft has its clusters and its policy already');
  return { path: `${rolloutPath(id)}:start`, body: { reason, planHash } };
}
