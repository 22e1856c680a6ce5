import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { ROLES, type tokenView } from '@app/contracts/api/views';
import { durationOf } from '../config/settings';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import type { View } from '../output/core/table';
import { age } from '../output/core/values';
import { isData, print, printData } from '../output/print';

type TokenView = z.infer<typeof tokenView>;
type NewToken = Readonly<{ role: string; clusters?: string; expiresIn?: string; group?: string[] }>;

/** `token create|list|delete`. */
export function addTokenCommands(program: Command, run: Run): void {
  const token = program.command('token').alias('tokens').description('tokens for the API of the hub');
  token
    .command('create <name>')
    .description('make a token; its text is printed once and can not be shown again')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--clusters <selector>', 'only for clusters with these labels')
    .option('--group <names...>', 'groups that it belongs to; approvers of gates are named by them')
    .option('--expires-in <duration>', 'when it stops to work: 12h, 30d')
    .action(run(createToken));
  token
    .command('list')
    .description('tokens, without their texts')
    .action(
      run(async (context) => {
        print(context, tokenTable, await context.hub.list<TokenView>('/tokens'));
        return Exit.ok;
      }),
    );
  token
    .command('delete <ids...>')
    .description('remove tokens; they stop to work at once')
    .action(
      run(async ({ hub, io }, ids: string[]) => {
        for (const id of ids) {
          await hub.send('DELETE', `/tokens/${encodeURIComponent(id)}`);
          io.stdout.write(`token ${id}: deleted\n`);
        }
        return Exit.ok;
      }),
    );
}

async function createToken(context: CommandContext, name: string, options: NewToken): Promise<ExitCode> {
  const { hub, io, output } = context;
  const { role, clusters, expiresIn, group: groups } = options;
  if (expiresIn !== undefined) durationOf('--expires-in', expiresIn);
  const asked = {
    ...{ name, role },
    ...(clusters ? { clusters } : {}),
    ...(expiresIn ? { expiresIn } : {}),
    ...(groups ? { groups } : {}),
  };
  const made = await hub.send<TokenView & { token: string }>('POST', '/tokens', asked);
  if (isData({ output })) printData(context, made);
  else {
    io.stderr.write(`token ${made.id} (${made.role}) is made; keep its text, it is not shown again:\n`);
    io.stdout.write(`${made.token}\n`);
  }
  return Exit.ok;
}

const tokenTable: View<TokenView> = {
  name: ({ id }) => id,
  columns: [
    { header: 'ID', value: ({ id }) => id },
    { header: 'NAME', value: ({ name }) => name },
    { header: 'ROLE', value: ({ role }) => role },
    { header: 'CLUSTERS', value: ({ clusters }) => clusters ?? 'all' },
    { header: 'GROUPS', value: ({ groups }) => groups.join(','), wide: true },
    { header: 'AGE', value: ({ createdAt }, now) => age(createdAt, now) },
    { header: 'EXPIRES', value: ({ expiresAt }) => expiresAt ?? 'never' },
    { header: 'LAST-USED', value: ({ lastUsedAt }, now) => age(lastUsedAt, now), wide: true },
  ],
};
