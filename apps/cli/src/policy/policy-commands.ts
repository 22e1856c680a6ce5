import type { Command } from 'commander';
import type { PolicyView } from '@app/contracts/api/views';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { UsageFailure } from '../failure';
import type { View } from '../output/core/table';
import { age } from '../output/core/values';
import { print, printOne } from '../output/print';
import { addCompareCommands } from './compare-commands';
import { policyTemplate } from './core/template';
import { policyPath } from './policy-path';

/** `policy list|get|delete|init|lint|diff`. */
export function addPolicyCommands(program: Command, run: Run): void {
  const policy = program.command('policy').alias('policies').description('rules by which rollouts run');
  policy
    .command('list')
    .description('policies by name')
    .action(
      run(async (context) => {
        print(context, policyTable, await context.hub.list<PolicyView>('/policies'));
        return Exit.ok;
      }),
    );
  policy
    .command('get <name>')
    .description('one policy; its document with -o yaml')
    .action(
      run(async (context, name: string) => {
        printOne(context, policyTable, await context.hub.get<PolicyView>(policyPath(name)));
        return Exit.ok;
      }),
    );
  policy
    .command('delete <names...>')
    .description('remove policies; rollouts under way go on')
    .action(run(deletePolicies));
  policy.command('init [name]').description('print a policy to start from').action(run(initPolicy));
  addCompareCommands(policy, run);
}

async function deletePolicies({ hub, io }: CommandContext, names: string[]): Promise<ExitCode> {
  for (const name of names) {
    await hub.send('DELETE', policyPath(name));
    io.stdout.write(`policy ${name}: deleted\n`);
  }
  return Exit.ok;
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

async function initPolicy({ io }: CommandContext, name = 'prod'): Promise<ExitCode> {
  if (!NAME.test(name)) throw new UsageFailure(`"${name}" is no name of a policy: lower-case letters, digits and "-"`);
  io.stdout.write(policyTemplate(name));
  return Promise.resolve(Exit.ok);
}

const policyTable: View<PolicyView> = {
  name: ({ name }) => name,
  columns: [
    { header: 'NAME', value: ({ name }) => name },
    { header: 'VERSION', value: ({ version }) => version },
    { header: 'PRIORITY', value: ({ priority }) => priority },
    { header: 'ENABLED', value: ({ enabled }) => (enabled ? 'yes' : 'no') },
    { header: 'ORIGIN', value: ({ origin }) => origin },
    { header: 'AGE', value: ({ origin, updatedAt }, now) => (origin === 'builtin' ? '' : age(updatedAt, now)) },
    { header: 'URGENCY', value: ({ urgency }) => urgency ?? '', wide: true },
    { header: 'BY', value: ({ updatedBy }) => updatedBy, wide: true },
    { header: 'WARNINGS', value: ({ warnings }) => warnings.map(({ code }) => code).join(','), wide: true },
  ],
};
