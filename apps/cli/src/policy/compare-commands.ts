import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { PolicyView } from '@app/contracts/api/views';
import { parsePolicy } from '@app/contracts/policy/parse';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { isData, printData } from '../output/print';
import { lineDiff } from './core/line-diff';
import { inOrderOf, withName } from './core/named-document';
import type { FileDocument } from './documents';
import { faultLine, lineOf, refuseFaults, tellWarnings } from './faults';
import { lint } from './lint-command';
import { type Files, readPolicies } from './policy-files';

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

/** What `apply` would do with the policy of a file. */
type Difference = Readonly<{
  policy: string;
  place: string;
  action: 'created' | 'configured' | 'unchanged';
  /** Of the policy that is stored; null: none is. */
  version: number | null;
  /** Lines with `+`, `-` or a space before them; empty when nothing would change. */
  lines: readonly string[];
}>;

async function diff(context: CommandContext, files: string[], options: Files): Promise<ExitCode> {
  const { documents, faults } = await readPolicies(context, files, options);
  refuseFaults(context, [...faults.map(lineOf), ...documents.flatMap((document) => faultsOf(context, document))]);
  const stored = await context.hub.list<PolicyView>('/policies');
  const all = documents.map((document) => differenceOf(document, stored));
  const differing = all.filter(({ lines }) => lines.length > 0);
  if (isData(context)) printData(context, { items: all });
  else for (const one of differing) tell(context, one);
  return differing.length === 0 ? Exit.ok : Exit.notConverged;
}

function differenceOf(file: FileDocument, stored: readonly PolicyView[]): Difference {
  const found = stored.find(({ name, origin }) => name === file.name && origin !== 'builtin');
  const before = found ? withName(found.name, found.document) : undefined;
  const after = inOrderOf(before, file.document);
  const lines = lineDiff(before ? yamlOf(before) : '', yamlOf(after));
  const action = lines.length === 0 ? 'unchanged' : found ? 'configured' : 'created';
  return { policy: file.name ?? '', place: file.place(''), action, version: found?.version ?? null, lines };
}

function tell({ io, output }: CommandContext, { policy, place, version, lines }: Difference): void {
  if (output === 'name') io.stdout.write(`${policy}\n`);
  else {
    io.stdout.write(`--- policy ${policy} ${version === null ? '(not stored)' : `version ${version}`}\n`);
    io.stdout.write(`+++ ${place}\n${lines.join('\n')}\n`);
  }
}

const yamlOf = (value: unknown): string => stringify(value, { lineWidth: 0 });

function faultsOf(context: CommandContext, file: FileDocument): string[] {
  const parsed = parsePolicy(file.document);
  if (!parsed.ok) return parsed.problems.map((problem) => faultLine(file, problem));
  tellWarnings(context, file, parsed.warnings);
  return [];
}
