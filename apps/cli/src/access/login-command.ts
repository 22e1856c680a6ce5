import { resolve } from 'node:path';
import type { Command } from 'commander';
import { contextFilePath, readContexts, writeContexts } from '../config/context-file';
import { authority, givenToken, hubAddress } from '../config/settings';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { UsageFailure } from '../failure';
import { readAll } from '../input';
import { type Access, ANYTHING } from './access-view';

type Options = Readonly<{ tokenStdin?: true }>;

/** `login`: stores a hub and a token that works there. */
export function addLoginCommand(program: Command, run: Run): void {
  program
    .command('login [url]')
    .description('check a token and store it with its hub, as the context that is used from now on')
    .option('--token-stdin', 'read the token from standard input')
    .action(run(login));
}

async function login(context: CommandContext, url: string | undefined, options: Options): Promise<ExitCode> {
  const { io, flags } = context;
  const named = url ?? flags.hub ?? io.env['RELOADCTL_HUB'];
  if (!named) throw new UsageFailure('no hub is named', 'For example: reloadctl login https://reload.example.com');
  const address = hubAddress(named);
  const name = flags.context ?? new URL(address).host;
  const token = await tokenOf(context, options);
  const path = contextFilePath(io.env);
  if (path === undefined) throw new UsageFailure('there is no place for the context: set XDG_CONFIG_HOME or HOME');
  const caFile = flags.caFile ?? io.env['RELOADCTL_CA_FILE'];
  const { role } = await context.hubAt({ url: address, token, ca: authority(caFile) }).get<Access>('/access', ANYTHING);
  const stored = { hub: address, token, ...(caFile === undefined ? {} : { caFile: resolve(caFile) }) };
  writeContexts(path, { current: name, contexts: { ...readContexts(path).contexts, [name]: stored } });
  io.stderr.write(`logged in to ${address} as ${role}; context ${name} is used from now on (${path})\n`);
  return Exit.ok;
}

async function tokenOf({ io, flags }: CommandContext, { tokenStdin }: Options): Promise<string> {
  const token = tokenStdin ? (await readAll(io.stdin)).trim() : givenToken(flags, io.env);
  if (token) return token;
  throw new UsageFailure('no token is given', 'Give --token-stdin, --token-file or RELOADCTL_TOKEN');
}
