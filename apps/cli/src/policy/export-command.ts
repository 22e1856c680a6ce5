import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { Identities } from '@app/contracts/api/identities';
import type { PolicyView } from '@app/contracts/api/views';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { printData } from '../output/print';
import { heldNow } from './backup-holds';
import { withName } from './core/named-document';
import { IDENTITIES_PATH } from './identities';

/** `export`: what `apply` takes back. */
export function addExportCommand(program: Command, run: Run): void {
  program
    .command('export')
    .description(
      'the stored policies, the public keys of the clusters and the holds, as YAML that apply takes back; policies from files of the hub are left out',
    )
    .action(run(exportAll));
}

async function exportAll(context: CommandContext): Promise<ExitCode> {
  const { hub, io, output } = context;
  const policies = await hub.list<PolicyView>('/policies');
  const identities = await hub.get<Identities>(IDENTITIES_PATH);
  const stored = policies
    .filter(({ origin }) => origin === 'api')
    .map(({ name, document }) => withName(name, document));
  const fromFiles = policies.filter(({ origin }) => origin === 'file').map(({ name }) => name);
  const holds = await heldNow(context);
  const documents = [...stored, identities, ...(holds ? [holds] : [])];
  if (output === 'json') printData(context, { items: documents });
  else io.stdout.write(documents.map((document) => `---\n${stringify(document, { lineWidth: 0 })}`).join(''));
  if (fromFiles.length > 0) io.stderr.write(`left out, because files of the hub have them: ${fromFiles.join(', ')}\n`);
  return Exit.ok;
}
