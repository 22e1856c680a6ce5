import { keyIdOf, type Revision } from '@app/contracts/revision';
import type { LocalKey } from './membership';
import { isLater } from './resource-version';

/** What is recorded of an opted-in workload outside its pod template. */
export type Baseline = Readonly<{
  uid: string;
  /** The revision annotation that stood in the template while `sources` was true. */
  stamp: Revision | null;
  /** The revision of each source that the workload was last started with. */
  sources: Readonly<Record<LocalKey, Revision>>;
  /** What was true before, while the restart that brought `stamp` has not been seen to end; null once it has. */
  previous: Readonly<Record<LocalKey, Revision>> | null;
}>;

/** A member source as it is now; revision null: it does not exist. */
export type MemberSource = Readonly<{
  key: LocalKey;
  revision: Revision | null;
  contentVersion: string;
  changedAt: string | null;
}>;

/**
 * All pods of the workload were, or are being, started after this resourceVersion, because its template changed
 * in that write while no other rollout was under way. `complete`: that rollout has ended.
 */
export type FreshStart = Readonly<{ version: string; complete: boolean }>;

export type Situation = Readonly<{
  uid: string;
  stamp: Revision | null;
  createdAt: string | null;
  members: readonly MemberSource[];
  fresh: FreshStart | null;
  /** Every pod runs the template as it stands. */
  complete: boolean;
}>;

/** How a set of revisions becomes one, and the id of the key that does it. */
export type Fingerprint = Readonly<{ keyId: string; of(sources: Readonly<Record<LocalKey, Revision>>): Revision }>;

export type Reckoning = Readonly<{
  want: Revision;
  have: Revision;
  /** The revisions that `want` is made of: of a source that is gone, the one it had. */
  wanted: Readonly<Record<LocalKey, Revision>>;
  /** Per source, what the workload was started with; missing: unknown. */
  had: Readonly<Record<LocalKey, Revision>>;
  /** What is to be recorded from now on; undefined: nothing is known for certain yet. */
  record: Baseline | undefined;
  /** Its pods are known to be younger than some content that was not recorded for it. */
  credited: boolean;
}>;

type Revisions = Record<LocalKey, Revision>;

/**
 * Want and have of one workload.
 *
 * Per source it reacts to, the recorded revision is the truth: the workload is behind when an existing source has
 * another one. A source seen for the first time is recorded as it is; one that is gone keeps its record; so
 * neither coming nor going restarts anything. The stamp in the template outranks the record: equal to want, the
 * workload is current whatever was recorded. A stamp that is neither want nor the recorded one means that a restart
 * was made which the record has not seen: then only pods that are certainly younger than the content make it
 * current, and in doubt it stays behind.
 */
export function reckon(now: Situation, recorded: Baseline | undefined, fingerprint: Fingerprint): Reckoning {
  const before = recorded?.uid === now.uid ? recorded : undefined;
  const known = comparable(knownSources(now, before), fingerprint.keyId);
  const wanted = wantedOf(now.members, known);
  const want = fingerprint.of(wanted);
  if (now.stamp === want) return settled({ now, before, want, wanted, credited: false });
  if (!isTracked(now, before, fingerprint.keyId)) return untracked({ now, before, known, wanted, want });
  const had: Revisions = { ...wanted, ...pick(known, wanted) };
  const young = now.members
    .filter(({ key }) => had[key] !== wanted[key])
    .filter((member) => isYoung(member, now.fresh));
  const credit: Revisions = { ...had };
  for (const { key, revision } of young) if (revision !== null) credit[key] = revision;
  const record = recordOf(now, before, now.fresh?.complete ? credit : had);
  return { want, have: fingerprint.of(credit), wanted, had: credit, record, credited: young.length > 0 };
}

/** What was true for the template as it stands. A restart that was turned back before it ended did not happen. */
function knownSources(now: Situation, before: Baseline | undefined): Readonly<Revisions> {
  if (!before) return {};
  return before.stamp === now.stamp ? before.sources : (before.previous ?? before.sources);
}

function recordOf(now: Situation, before: Baseline | undefined, sources: Readonly<Revisions>): Baseline {
  const unfinished = now.complete ? null : before;
  const previous = unfinished?.stamp === now.stamp ? unfinished.previous : null;
  return { uid: now.uid, stamp: now.stamp, sources, previous };
}

type Settled = Readonly<{
  now: Situation;
  before: Baseline | undefined;
  want: Revision;
  wanted: Revisions;
  credited: boolean;
}>;

function settled({ now, before, want, wanted, credited }: Settled): Reckoning {
  const unseen =
    before && before.stamp !== now.stamp && !now.complete ? { previous: before.previous ?? before.sources } : {};
  const record = { ...recordOf(now, before, wanted), ...unseen };
  return { want, have: want, wanted, had: wanted, record, credited };
}

/** True when the record, or first sight, may be believed: no restart can have been made that it does not know of. */
function isTracked(now: Situation, before: Baseline | undefined, keyId: string): boolean {
  if (now.stamp === null || keyIdOf(now.stamp) !== keyId) return true;
  if (before) return before.stamp === now.stamp;
  const { createdAt } = now;
  const isOlder = ({ changedAt }: MemberSource): boolean =>
    createdAt !== null && changedAt !== null && Date.parse(changedAt) < Date.parse(createdAt);
  return existing(now.members).every(isOlder);
}

type Untracked = Omit<Settled, 'credited'> & Readonly<{ known: Revisions }>;

function untracked({ known, ...rest }: Untracked): Reckoning {
  const { now, before, want, wanted } = rest;
  if (now.fresh && existing(now.members).every((member) => isYoung(member, now.fresh))) {
    const done = settled({ ...rest, credited: true });
    return now.fresh.complete ? done : { ...done, record: before };
  }
  const different = Object.entries(known).filter(([key, value]) => wanted[key] !== undefined && wanted[key] !== value);
  const had = Object.fromEntries(different);
  return { want, have: now.stamp ?? want, wanted, had, record: before, credited: false };
}

const existing = (members: readonly MemberSource[]): readonly MemberSource[] =>
  members.filter(({ revision }) => revision !== null);

const isYoung = (member: MemberSource, fresh: FreshStart | null): boolean =>
  fresh !== null && member.revision !== null && isLater(fresh.version, member.contentVersion);

function wantedOf(members: readonly MemberSource[], known: Readonly<Revisions>): Revisions {
  const wanted: Revisions = {};
  for (const { key, revision } of members) {
    const effective = revision ?? known[key];
    if (effective !== undefined) wanted[key] = effective;
  }
  return wanted;
}

/** The entries made with this key: others say nothing, so changing the key restarts nothing. */
const comparable = (sources: Readonly<Revisions>, keyId: string): Revisions =>
  Object.fromEntries(Object.entries(sources).filter(([, value]) => keyIdOf(value) === keyId));

const pick = (from: Readonly<Revisions>, keys: Readonly<Revisions>): Revisions =>
  Object.fromEntries(Object.entries(from).filter(([key]) => keys[key] !== undefined));
