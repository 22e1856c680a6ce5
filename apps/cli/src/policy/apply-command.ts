import { type Command, Option } from 'commander';
import type { PolicyView } from '@app/contracts/api/views';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { HubProblem } from '../hub/hub-problem';
import type { View } from '../output/core/table';
import { isData, printData } from '../output/print';
import { applyHolds, holdFaults, isHolds } from './backup-holds';
import { sameDocument, withName } from './core/named-document';
import { type FileDocument, readDocuments } from './documents';
import { faultLine, faultsFound, lineOf, nothingRead, refuseFaults, tellWarnings } from './faults';
import { applyIdentities, isIdentities } from './identities';
import { policyPath } from './policy-path';

type Applied = Readonly<{ name: string; action: 'created' | 'configured' | 'unchanged'; version: number }>;
type Validated = Pick<PolicyView, 'warnings'>;
type Named = FileDocument & Readonly<{ name: string }>;
type Valid = { policies: readonly Named[]; identities: readonly FileDocument[]; holds: readonly FileDocument[] };

/** `apply -f`: the policies of files become those of the hub. */
export function addApplyCommand(program: Command, run: Run): void {
  program
    .command('apply')
    .description(
      'check policies and store them in the hub, nothing unless all are valid; let clusters of a backup in again, and hold what was held',
    )
    .requiredOption('-f, --filename <path...>', 'YAML or JSON files, directories, or - for standard input')
    .addOption(new Option('--dry-run [where]', 'check and compare, store nothing').choices(['server']))
    .action(run(apply));
}

async function apply(
  context: CommandContext,
  { filename, dryRun }: { filename: string[]; dryRun?: true | 'server' },
): Promise<ExitCode> {
  const { policies: documents, identities, holds } = await validDocuments(context, filename);
  // First of all, so that nothing starts in between.
  await applyHolds(context, holds, !dryRun);
  const stored = await storedPolicies(context);
  const done: Applied[] = [];
  for (const document of documents) {
    const applied = await applyOne(context, document, { stored: stored.get(document.name), write: !dryRun });
    done.push(applied);
    if (context.output === 'table' || context.output === 'wide') tell(context, applied, dryRun !== undefined);
  }
  await applyIdentities(context, identities, !dryRun);
  if (isData(context)) printData(context, { items: done });
  if (context.output === 'name') for (const item of done) context.io.stdout.write(`${appliedTable.name(item)}\n`);
  return Exit.ok;
}

/** Every document of the files, each taken by the hub. @throws CommandFailure with all faults told */
async function validDocuments(context: CommandContext, paths: readonly string[]): Promise<Readonly<Valid>> {
  const { documents: all, faults } = await readDocuments(context.io, paths);
  const identities = all.filter(isIdentities);
  const holds = all.filter(isHolds);
  const documents = all.filter((document) => !isIdentities(document) && !isHolds(document));
  const found = [...faults.map(lineOf), ...holds.flatMap(holdFaults)];
  for (const document of documents) {
    const ask = async (): Promise<void> => {
      const { warnings } = await context.hub.send<Validated>('POST', '/policies:validate', document.document);
      tellWarnings(context, document, warnings);
    };
    found.push(...(await faultsFound(document, ask)));
  }
  if (all.length === 0 && found.length === 0) found.push(lineOf(nothingRead(paths)));
  refuseFaults(context, found);
  return { policies: documents.map((document) => ({ ...document, name: document.name ?? '' })), identities, holds };
}

async function storedPolicies({ hub }: CommandContext): Promise<ReadonlyMap<string, PolicyView>> {
  const policies = await hub.list<PolicyView>('/policies');
  return new Map(policies.map((policy) => [policy.name, policy]));
}

async function applyOne(
  context: CommandContext,
  file: Named,
  { stored, write }: Readonly<{ stored: PolicyView | undefined; write: boolean }>,
): Promise<Applied> {
  const { name, document } = file;
  // The built-in policy is there, but nobody stored it.
  const before = stored?.origin === 'builtin' ? undefined : stored;
  if (before && sameDocument(withName(name, before.document), document))
    return { name, action: 'unchanged', version: before.version };
  const version = write ? await put(context, file, stored) : (stored?.version ?? 0) + 1;
  return { name, action: before ? 'configured' : 'created', version };
}

/** Only what was compared is replaced, so that somebody else's change in between is not lost. @returns the new version. */
async function put({ hub }: CommandContext, file: Named, stored: PolicyView | undefined): Promise<number> {
  const condition = stored ? { 'if-match': `"${stored.version}"` } : { 'if-none-match': '*' };
  try {
    return (await hub.send<PolicyView>('PUT', policyPath(file.name), file.document, condition)).version;
  } catch (error) {
    if (!(error instanceof HubProblem)) throw error;
    const detail = faultLine(file, { pointer: '', detail: error.detail });
    throw new HubProblem(error.status, { ...error.body, detail });
  }
}

function tell({ io }: CommandContext, { name, action, version }: Applied, dryRun: boolean): void {
  io.stdout.write(`policy ${name}: ${action}${dryRun ? ' (dry run)' : ` (version ${version})`}\n`);
}

const appliedTable: Pick<View<Applied>, 'name'> = { name: ({ name }) => name };
