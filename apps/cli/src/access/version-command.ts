import type { Command } from 'commander';
import type { z } from 'zod';
import type { versionView } from '@app/contracts/api/views';
import { version } from '../../../../package.json';
import { isHubNamed } from '../config/settings';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import type { View } from '../output/core/table';
import { print } from '../output/print';

type Part = Readonly<{ part: string; version: string; commit: string; protocol: string }>;

/** `version`: of this program, and of the hub when one is named. */
export function addVersionCommand(program: Command, run: Run): void {
  program.command('version').description('versions of reloadctl and of the hub').action(run(showVersion));
}

/** Of this program also when the hub does not answer. */
async function showVersion(context: CommandContext): Promise<ExitCode> {
  const parts: Part[] = [{ part: 'reloadctl', version: String(version), commit: '', protocol: '' }];
  try {
    if (isHubNamed(context.flags, context.io.env)) parts.push(await hubVersion(context));
  } finally {
    print(context, versionTable, parts);
  }
  return Exit.ok;
}

async function hubVersion({ hub }: CommandContext): Promise<Part> {
  const { version: text, commit, protocol } = await hub.get<z.infer<typeof versionView>>('/version');
  return { part: 'hub', version: text, commit, protocol: `${protocol.min}-${protocol.max}` };
}

const versionTable: View<Part> = {
  name: ({ version: text }) => text,
  columns: [
    { header: 'PART', value: ({ part }) => part },
    { header: 'VERSION', value: ({ version: text }) => text },
    { header: 'COMMIT', value: ({ commit }) => commit },
    { header: 'PROTOCOL', value: ({ protocol }) => protocol },
  ],
};
