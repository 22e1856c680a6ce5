import type { Command } from 'commander';
import type { z } from 'zod';
import type { enrolmentTokenView } from '@app/contracts/api/views';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import type { View } from '../output/core/table';
import { age, labelText } from '../output/core/values';
import { print } from '../output/print';

type EnrolmentTokenView = z.infer<typeof enrolmentTokenView>;

/** `cluster token list|delete`: what `cluster add` has made. */
export function addEnrolmentTokenCommands(cluster: Command, run: Run): void {
  const token = cluster.command('token').alias('tokens').description('tokens by which clusters join');
  token.command('list').description('tokens that cluster add made, without their texts').action(run(list));
  token
    .command('delete <ids...>')
    .description('remove tokens that nobody is to use; clusters that joined by them stay')
    .action(run(remove));
}

async function list(context: CommandContext): Promise<ExitCode> {
  print(context, enrolmentTokenTable, await context.hub.list<EnrolmentTokenView>('/enrolment-tokens'));
  return Exit.ok;
}

async function remove({ hub, io }: CommandContext, ids: string[]): Promise<ExitCode> {
  for (const id of ids) {
    await hub.send('DELETE', `/enrolment-tokens/${encodeURIComponent(id)}`);
    io.stdout.write(`enrolment token ${id}: deleted\n`);
  }
  return Exit.ok;
}

const enrolmentTokenTable: View<EnrolmentTokenView> = {
  name: ({ id }) => id,
  columns: [
    { header: 'ID', value: ({ id }) => id },
    { header: 'CLUSTER', value: ({ cluster }) => cluster ?? 'any' },
    { header: 'LABELS', value: ({ labels }) => labelText(labels) },
    { header: 'USED-BY', value: ({ usedBy }) => usedBy ?? '' },
    { header: 'AGE', value: ({ createdAt }, now) => age(createdAt, now) },
    { header: 'EXPIRES', value: ({ expiresAt }) => expiresAt },
  ],
};
