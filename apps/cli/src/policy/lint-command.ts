import { type ParsedPolicy, parsePolicy } from '@app/contracts/policy/parse';
import type { CommandContext } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { CommandFailure } from '../failure';
import { isData, printData } from '../output/print';
import type { FileDocument, PlacedFault } from './documents';
import { lineOf, placedFault, tellFaults, tellWarnings } from './faults';
import { type Files, readPolicies } from './policy-files';

type Warnings = Extract<ParsedPolicy, { ok: true }>['warnings'];

/** What was found in one policy, or in what could not be read as one (`policy` is null). */
type Finding = Readonly<{
  policy: string | null;
  place: string;
  ok: boolean;
  faults: readonly PlacedFault[];
  warnings: Warnings;
}>;

/** Checks policies by the rules of this program. @throws CommandFailure when there is a fault */
export async function lint(context: CommandContext, files: string[], options: Files): Promise<ExitCode> {
  const { documents, faults } = await readPolicies(context, files, options);
  const findings = [...faults.map(unread), ...documents.map((document) => findingOf(context, document))];
  const all = findings.flatMap((finding) => finding.faults);
  if (isData(context)) printData(context, { items: findings });
  else tellFaults(context, all.map(lineOf));
  if (all.length > 0) throw new CommandFailure(`${all.length} fault(s)`);
  if (context.output === 'name') for (const { policy } of findings) context.io.stdout.write(`${policy ?? ''}\n`);
  else if (!isData(context)) context.io.stderr.write(`policies without a fault: ${documents.length}\n`);
  return Exit.ok;
}

const unread = (fault: PlacedFault): Finding => ({
  ...{ policy: null, place: fault.place, ok: false },
  ...{ faults: [fault], warnings: [] },
});

function findingOf(context: CommandContext, file: FileDocument): Finding {
  const parsed = parsePolicy(file.document);
  const about = { policy: file.name ?? null, place: file.place(''), ok: parsed.ok };
  if (!parsed.ok)
    return { ...about, faults: parsed.problems.map((problem) => placedFault(file, problem)), warnings: [] };
  if (!isData(context)) tellWarnings(context, file, parsed.warnings);
  return { ...about, faults: [], warnings: parsed.warnings };
}
