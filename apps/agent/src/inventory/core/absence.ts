import type { Revision } from '@app/contracts/revision';
import type { LocalKey } from './local-key';

/** Whether a ConfigMap or Secret that appears, or goes, is a change for the workloads that react to it. */
export type Triggers = Readonly<{ onCreate: boolean; onDelete: boolean }>;

export const NO_TRIGGERS: Triggers = Object.freeze({ onCreate: false, onDelete: false });

type Member = Readonly<{ key: LocalKey; revision: Revision | null; byPattern?: boolean }>;
type Revisions = Readonly<Record<LocalKey, Revision>>;
type Looked = Readonly<{ members: readonly Member[]; triggers: Triggers; patterns: string | null }>;
type Recorded = Readonly<{ known: Revisions; patterns: string | undefined }>;

/**
 * What a workload was started with, absence included as the triggers make it count. That a source is not there is
 * recorded like a content, so its coming and going are found by comparing, however long nobody was looking; and what
 * exists at first sight has never come. Without a trigger an absence says nothing.
 */
export function withAbsence(now: Looked, recorded: Recorded, absent: Revision): Revisions {
  const { known } = recorded;
  const changed: [LocalKey, Revision | undefined][] = [];
  for (const member of now.members) {
    const value = knownOf(member, { now, recorded, absent });
    if (value !== known[member.key]) changed.push([member.key, value]);
  }
  if (changed.length === 0) return known;
  const all = { ...known, ...Object.fromEntries(changed) };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [LocalKey, Revision] => entry[1] !== undefined),
  );
}

type Context = Readonly<{ now: Looked; recorded: Recorded; absent: Revision }>;

function knownOf(member: Member, { now, recorded, absent }: Context): Revision | undefined {
  const known = recorded.known[member.key];
  if (!comesAndGoes(member)) return known;
  if (member.revision !== null) {
    if (known === absent) return now.triggers.onCreate ? absent : undefined;
    const hasAppeared = known === undefined && member.byPattern === true && now.patterns !== null;
    return hasAppeared && recorded.patterns === now.patterns ? absent : known;
  }
  return ofMissing(member, known, now.triggers, absent);
}

/** What no name tells of is missed only by its pattern: such an absence need not be remembered by itself. */
function ofMissing(
  { byPattern }: Member,
  known: Revision | undefined,
  { onCreate, onDelete }: Triggers,
  absent: Revision,
): Revision | undefined {
  const recorded = byPattern === true ? undefined : absent;
  if (known === absent) return onCreate || onDelete ? recorded : undefined;
  if (known === undefined) return onCreate ? recorded : undefined;
  return onCreate && !onDelete ? recorded : known;
}

/** What a source that is not there counts as: its last content, or its absence. */
export function whenAbsent(
  member: Member,
  known: Revision | undefined,
  { onDelete }: Triggers,
  absent: Revision,
): Revision | undefined {
  return onDelete && known !== undefined && comesAndGoes(member) ? absent : known;
}

/** Pods come and go, and with them all that is known of a SecretProviderClass: that is no deletion. */
const comesAndGoes = ({ key }: Member): boolean => !key.startsWith('SecretProviderClass/');
