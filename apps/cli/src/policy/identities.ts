import { IDENTITIES_KIND, type RestoredIdentities } from '@app/contracts/api/identities';
import type { CommandContext } from '../context';
import { HubProblem } from '../hub/hub-problem';
import type { FileDocument } from './documents';
import { faultLine } from './faults';

export const IDENTITIES_PATH = '/identities';

/** The part of a backup that says who belongs to the fleet. */
export const isIdentities = ({ document }: FileDocument): boolean => document['kind'] === IDENTITIES_KIND;

/** Lets the clusters of a backup in again. What came of it is told on stderr: it is no policy. */
export async function applyIdentities(
  { hub, io }: CommandContext,
  files: readonly FileDocument[],
  write: boolean,
): Promise<void> {
  for (const file of files) {
    if (!write) io.stderr.write('identities: not compared in a dry run\n');
    else tell(io, await sent(hub, file));
  }
}

async function sent(hub: CommandContext['hub'], file: FileDocument): Promise<RestoredIdentities> {
  try {
    return await hub.send<RestoredIdentities>('PUT', IDENTITIES_PATH, file.document);
  } catch (error) {
    if (!(error instanceof HubProblem)) throw error;
    const [fault = { pointer: '', detail: error.detail }] = error.errors;
    throw new HubProblem(error.status, { ...error.body, detail: faultLine(file, fault) });
  }
}

function tell(io: CommandContext['io'], { restored, unchanged, waitingFor }: RestoredIdentities): void {
  io.stderr.write(`identities: ${restored.length} cluster(s) restored, ${unchanged} unchanged\n`);
  if (waitingFor > 0) io.stderr.write(`nothing starts before ${waitingFor} cluster(s) have said where they stand\n`);
}
