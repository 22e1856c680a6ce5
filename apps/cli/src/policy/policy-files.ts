import type { CommandContext } from '../context';
import { UsageFailure } from '../failure';
import { isHolds } from './backup-holds';
import { type Reading, readDocuments } from './documents';
import { nothingRead } from './faults';
import { isIdentities } from './identities';

/** How files are named to a command that compares: behind it, or with `-f`. */
export type Files = Readonly<{ filename?: string[] }>;

/** The policies of the files that a command line names; what else a backup holds is left out. @throws UsageFailure */
export async function readPolicies(
  { io }: CommandContext,
  files: readonly string[],
  { filename = [] }: Files,
): Promise<Reading> {
  const paths = [...files, ...filename];
  if (paths.length === 0)
    throw new UsageFailure('no file is given', 'Name files or directories, or - for standard input');
  const { documents: all, faults } = await readDocuments(io, paths);
  const isEmpty = all.length === 0 && faults.length === 0;
  return {
    documents: all.filter((document) => !isIdentities(document) && !isHolds(document)),
    faults: isEmpty ? [nothingRead(paths)] : faults,
  };
}
