import type { CommandContext } from '../context';
import { CommandFailure } from '../failure';
import { HubProblem } from '../hub/hub-problem';
import { oneLine } from '../output/core/table';
import type { FileDocument, PlacedFault } from './documents';

type Fault = Readonly<{ pointer: string; detail: string; expected?: string | undefined }>;
type Warning = Readonly<{ code: string; detail: string }>;

/** What cannot be read at all, and what is no policy. */
const ABOUT_THE_DOCUMENT: readonly number[] = [400, 422];

/** A fault of a document, at its place in the file. */
export const placedFault = ({ place }: FileDocument, { pointer, detail, expected }: Fault): PlacedFault => ({
  place: place(pointer),
  detail: `${pointer === '' ? '' : `${pointer}: `}${detail}${isNews(expected, detail) ? ` (expected: ${expected})` : ''}`,
});

/** `file:line:column: /pointer: what is wrong`, as editors and people find it. */
export const lineOf = ({ place, detail }: PlacedFault): string => `${place}: ${detail}`;

export const faultLine = (file: FileDocument, fault: Fault): string => lineOf(placedFault(file, fault));

/** Many a detail says what was expected in its own words. */
const isNews = (expected: string | undefined, detail: string): expected is string =>
  expected !== undefined && !/must be|expected/.test(detail);

/** Warnings are told and stop nothing. */
export function tellWarnings({ io }: CommandContext, document: FileDocument, warnings: readonly Warning[]): void {
  for (const { code, detail } of warnings)
    io.stderr.write(`${document.place('')}: warning ${code}: ${oneLine(detail)}\n`);
}

/** Tells every fault on stderr. @throws CommandFailure when there are any */
export function refuseFaults(context: CommandContext, faults: readonly string[]): void {
  if (faults.length === 0) return;
  tellFaults(context, faults);
  throw new CommandFailure(`${faults.length} fault(s); nothing was changed`);
}

/** Tells every fault on stderr, on a line of its own. */
export function tellFaults({ io }: CommandContext, faults: readonly string[]): void {
  for (const fault of faults) io.stderr.write(`${oneLine(fault)}\n`);
}

/** Files that hold nothing at all are mostly the wrong ones. */
export const nothingRead = (paths: readonly string[]): PlacedFault => ({
  place: paths.join(', '),
  detail: 'there is no policy',
});

/** The faults that the hub finds in a document; none when it takes it. */
export async function faultsFound(document: FileDocument, ask: () => Promise<unknown>): Promise<string[]> {
  try {
    await ask();
    return [];
  } catch (error) {
    if (!(error instanceof HubProblem) || !ABOUT_THE_DOCUMENT.includes(error.status)) throw error;
    const faults = error.errors.length > 0 ? error.errors : [{ pointer: '', detail: error.detail }];
    return faults.map((fault) => faultLine(document, fault));
  }
}
