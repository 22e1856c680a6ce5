import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { PolicyView } from '@app/contracts/api/views';
import { parsePolicy } from '@app/contracts/policy/parse';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { UsageFailure } from '../failure';
import { lineDiff } from './core/line-diff';
import { inOrderOf, withName } from './core/named-document';
import { isHolds } from './backup-holds';
import { type FileDocument, readDocuments } from './documents';
import { isIdentities } from './identities';
import { faultLine, refuseFaults, tellWarnings } from './faults';

/** `policy lint` and `policy diff`. */
export function addCompareCommands(policy: Command, run: Run): void {
  policy
    .command('lint [files...]')
    .description('check policies by the rules of this reloadctl, without a hub')
    .option('-f, --filename <path...>', 'YAML or JSON files, directories, or - for standard input')
    .action(run(lint));
  policy
    .command('diff [files...]')
    .description('what apply would change; exits with 3 when there is something')
    .option('-f, --filename <path...>', 'YAML or JSON files, directories, or - for standard input')
    .action(run(diff));
}

type Files = Readonly<{ filename?: string[] }>;

async function lint(context: CommandContext, files: string[], options: Files): Promise<ExitCode> {
  const documents = await readPolicies(context, given(files, options));
  context.io.stderr.write(`policies without a fault: ${documents.length}\n`);
  return Exit.ok;
}

async function diff(context: CommandContext, files: string[], options: Files): Promise<ExitCode> {
  const documents = await readPolicies(context, given(files, options));
  const stored = await context.hub.list<PolicyView>('/policies');
  const differing = documents.filter((document) => tellDifference(context, document, stored));
  return differing.length === 0 ? Exit.ok : Exit.notConverged;
}

/** Prints what would change in one policy. @returns whether something would. */
function tellDifference({ io }: CommandContext, file: FileDocument, stored: readonly PolicyView[]): boolean {
  const found = stored.find(({ name, origin }) => name === file.name && origin !== 'builtin');
  const before = found ? withName(found.name, found.document) : undefined;
  const after = inOrderOf(before, file.document);
  const lines = lineDiff(before ? yamlOf(before) : '', yamlOf(after));
  if (lines.length === 0) return false;
  io.stdout.write(`--- policy ${file.name ?? ''} ${found ? `version ${found.version}` : '(not stored)'}\n`);
  io.stdout.write(`+++ ${file.place('')}\n${lines.join('\n')}\n`);
  return true;
}

/** Of a backup only the policies can be compared. @throws CommandFailure with all faults told */
async function readPolicies(context: CommandContext, paths: readonly string[]): Promise<readonly FileDocument[]> {
  const { documents: all, faults } = await readDocuments(context.io, paths);
  const documents = all.filter((document) => !isIdentities(document) && !isHolds(document));
  refuseFaults(context, [...faults, ...documents.flatMap((document) => faultsOf(context, document))]);
  return documents;
}

const yamlOf = (value: unknown): string => stringify(value, { lineWidth: 0 });

function faultsOf(context: CommandContext, file: FileDocument): string[] {
  const parsed = parsePolicy(file.document);
  if (!parsed.ok) return parsed.problems.map((problem) => faultLine(file, problem));
  tellWarnings(context, file, parsed.warnings);
  return [];
}

function given(files: readonly string[], { filename = [] }: Files): string[] {
  const all = [...files, ...filename];
  if (all.length === 0)
    throw new UsageFailure('no file is given', 'Name files or directories, or - for standard input');
  return all;
}
