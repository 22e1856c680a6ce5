import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ConvergenceView, ExplainView, PlanView } from '@app/contracts/api/views';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { UsageFailure } from '../failure';
import { oneLine } from '../output/core/table';
import { isData, print, printData } from '../output/print';
import { CONVERGENCE_LIST, convergenceGap, hasConverged } from './core/convergence-list';
import { explainLines } from './core/explain-lines';
import { PLAN_LIST, planNotes } from './core/plan-list';
import { sourceArgument, workloadArgument } from './object-arguments';

const LOOK_MS = 1_000;

/** Questions about what would happen, what did not, and what has: plan, why, verify. */
export function addInsightCommands(program: Command, run: Run): void {
  program
    .command('plan <source>')
    .description('what a change of KIND/NAMESPACE/NAME would restart: waves, clusters, times; starts nothing')
    .option('--policy <name>', 'as if this policy carried the change')
    .action(run(plan));
  program
    .command('why <cluster> <workload>')
    .description('why a workload (KIND/NAMESPACE/NAME) did, or did not, restart; and what comes next')
    .option('--source <source>', 'because of this source')
    .action(run(why));
  program
    .command('verify <source>')
    .description('whether every cluster runs the present revision of KIND/NAMESPACE/NAME')
    .option('--wait', 'wait until it does, or --timeout runs out')
    .action(run(verify));
}

async function plan(context: CommandContext, source: string, { policy }: { policy?: string }): Promise<ExitCode> {
  const { hub, io, output } = context;
  const found = await hub.send<PlanView>('POST', '/plans', { source: sourceArgument(source), policy });
  if (isData({ output })) printData(context, found);
  else print(context, PLAN_LIST, found.waves);
  if (output === 'table' || output === 'wide')
    for (const note of planNotes(found)) io.stdout.write(`${oneLine(note)}\n`);
  return Exit.ok;
}

async function why(
  context: CommandContext,
  cluster: string,
  workload: string,
  options: { source?: string },
): Promise<ExitCode> {
  const { hub, io, output } = context;
  const asked = workloadArgument(workload);
  const source = options.source === undefined ? undefined : sourceBeside(asked.namespace, options.source);
  const answer = await hub.get<ExplainView>('/explain', { cluster, ...asked, source });
  if (isData({ output })) printData(context, answer);
  else for (const line of explainLines(answer)) io.stdout.write(`${oneLine(line)}\n`);
  return Exit.ok;
}

/** A workload can only use sources of its own namespace. */
function sourceBeside(namespace: string, text: string): string {
  const { kind, namespace: other, name } = sourceArgument(text);
  if (other !== namespace)
    throw new UsageFailure(`a workload in namespace ${namespace} can not use ${text}, which is in namespace ${other}`);
  return `${kind}/${name}`;
}

async function verify(context: CommandContext, text: string, { wait }: { wait?: true }): Promise<ExitCode> {
  const source = sourceArgument(text);
  const limit = context.timeoutMs === undefined ? undefined : context.io.now() + context.timeoutMs;
  for (;;) {
    const found = await context.hub.get<ConvergenceView>('/convergence', { ...source });
    const late = limit !== undefined && context.io.now() >= limit;
    if (hasConverged(found) || wait !== true || late) return verified(context, found, late && wait === true);
    await sleep(LOOK_MS, undefined, { signal: context.io.signal });
  }
}

function verified(context: CommandContext, found: ConvergenceView, late: boolean): ExitCode {
  print(context, CONVERGENCE_LIST, found.items);
  if (hasConverged(found)) return Exit.ok;
  context.io.stderr.write(`${convergenceGap(found)}\n`);
  return late ? Exit.timeout : Exit.notConverged;
}
