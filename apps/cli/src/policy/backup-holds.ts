import { HOLDS_KIND, type HoldsBackup, holdsBackup, type HoldView } from '@app/contracts/api/holds';
import type { CommandContext } from '../context';
import { scopeText } from '../holds/hold-commands';
import { sameDocument } from './core/named-document';
import type { FileDocument } from './documents';
import { faultLine } from './faults';

const HOLDS_PATH = '/holds';

/** The part of a backup that says what was held. */
export const isHolds = ({ document }: FileDocument): boolean => document['kind'] === HOLDS_KIND;

/** What stands now, as a backup has it; undefined: nothing is held. */
export async function heldNow({ hub }: CommandContext): Promise<HoldsBackup | undefined> {
  const standing = await hub.list<HoldView>(HOLDS_PATH);
  const holds = standing.map(({ scope, owner, reason, expiresAt }) => ({ scope, owner, reason, expiresAt }));
  return holds.length === 0 ? undefined : { apiVersion: 'fleet-reloader.io/v1', kind: HOLDS_KIND, holds };
}

/** Lines for what is wrong with it; none when it can be applied. */
export function holdFaults(file: FileDocument): string[] {
  const read = holdsBackup.safeParse(file.document);
  return (read.error?.issues ?? []).map(({ path, message }) =>
    faultLine(file, { pointer: path.map((part) => `/${String(part)}`).join(''), detail: message }),
  );
}

/** Holds again what was held and is not over; what stands already is left alone. What came of it is told on stderr. */
export async function applyHolds(
  context: CommandContext,
  files: readonly FileDocument[],
  write: boolean,
): Promise<void> {
  const wanted = files
    .flatMap(({ document }) => holdsBackup.parse(document).holds)
    .filter((hold) => !isOver(context, hold));
  if (wanted.length === 0) return;
  const standing = await context.hub.list<HoldView>(HOLDS_PATH);
  for (const hold of wanted.filter((each) => !standing.some((other) => isSame(each, other)))) {
    const { scope, reason, expiresAt } = hold;
    if (write) await context.hub.send('POST', HOLDS_PATH, { scope, reason, ...(expiresAt !== null && { expiresAt }) });
    context.io.stderr.write(`hold (${scopeText(scope)}): ${write ? 'stands again' : 'would stand again'}: ${reason}\n`);
  }
}

type Held = HoldsBackup['holds'][number];

const isOver = ({ io }: CommandContext, { expiresAt }: Held): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= io.now();

/** Whoever set it: a hold that was applied belongs to who applied it. */
const isSame = (a: Held, b: HoldView): boolean =>
  a.reason === b.reason && a.expiresAt === b.expiresAt && sameDocument(a.scope, b.scope);
