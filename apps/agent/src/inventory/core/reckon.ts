import { keyIdOf, type Revision } from '@app/contracts/revision';
import { type Triggers, whenAbsent, withAbsence } from './absence';
import type { Mark } from './mark';
import type { LocalKey } from './local-key';
import { isLater } from './resource-version';
import { type FirstSight, inOrder } from './first-sight';

/** What is recorded of an opted-in workload outside its pod template. */
export type Baseline = Readonly<{
  uid: string;
  /** The mark of the template while `sources` was true. */
  mark: string | null;
  /** The revision of each source that the workload was last started with. */
  sources: Readonly<Record<LocalKey, Revision>>;
  /** What was true before, while the restart that left `mark` has not been seen to end; null once it has. */
  previous: Readonly<Record<LocalKey, Revision>> | null;
  /** The patterns that were looked at: whatever matches them and is not among `sources` has appeared since. */
  patterns?: string | undefined;
}>;

/** A member source as it is now; revision null: it does not exist, or nothing is known to have changed in it. */
export type MemberSource = Readonly<{
  key: LocalKey;
  revision: Revision | null;
  /** SecretProviderClass: what pods were seen to start with since `revision`, or without any such change. */
  started?: Revision | null;
  /** Nothing but a pattern ties the workload to it. */
  byPattern?: boolean;
  contentVersion: string;
  /**
   * What `revision`, or its absence, replaced in the newest write of the source, or the absence that did; missing: that
   * write was not seen, or left it.
   */
  replaced?: Revision;
  changedAt: string | null;
  /** What of its annotations can not be understood. */
  misread?: string;
  /** Only some keys count: the revision of all of them now, and, by what counted of them, of earlier ones. */
  whole?: Readonly<{ now: Revision | null; then: ReadonlyMap<Revision, Revision> }>;
  /** Patterns of keys that do not count. */
  ignored?: readonly string[];
}>;

/**
 * All pods of the workload were, or are being, started after this resourceVersion, because its template changed
 * in that write while no other rollout was under way. `complete`: that rollout has ended. `sources`: what is known
 * of the content that was there for those pods to read.
 */
export type FreshStart = Readonly<{
  version: string;
  complete: boolean;
  sources: Readonly<Record<LocalKey, Revision>>;
}>;

export type Situation = Mark &
  Readonly<{
    uid: string;
    resourceVersion: string;
    createdAt: string | null;
    members: readonly MemberSource[];
    fresh: FreshStart | null;
    /** Every pod runs the template as it stands. */
    complete: boolean;
    triggers: Triggers;
    /** The workload's patterns; null: none, or they do not matter. */
    patterns: string | null;
    firstSight: FirstSight;
    /** A version after which the write came that left the mark, or that very version; empty: not known. */
    markedAfter: string;
  }>;

/** How a set of revisions becomes one, and the id of the key that does it. `absent`: stands for no source at all. */
export type Fingerprint = Readonly<{
  keyId: string;
  absent: Revision;
  of(sources: Readonly<Record<LocalKey, Revision>>): Revision;
}>;

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
  /** `fresh.sources` of the situation, with what is known by now. */
  started: Readonly<Record<LocalKey, Revision>>;
  /** The value in `wanted` and `had` of a source that does not exist, where that is a state of its own. */
  absent: Revision;
}>;

type Revisions = Record<LocalKey, Revision>;

const NOTHING: Revisions = Object.freeze({});

/**
 * Want and have of one workload.
 *
 * Per source it reacts to, the recorded revision is the truth: the workload is behind when an existing source has
 * another one. A source seen for the first time is recorded as it is, unless it was seen to change after the newest
 * write of the workload (`core/first-sight`). A source that is gone keeps its record; so neither coming nor going
 * restarts anything, unless the triggers make absence a state (`core/absence`). A mark other than the recorded one means
 * that a restart was made which the record has not seen. If its stamp is want, that restart brought what is wanted; so it
 * did when it is of an agent with another key, and younger than the content. If not, only pods that are certainly younger
 * than the content make the workload current, and in doubt it stays behind. A mark that the record knows decides nothing:
 * pods that someone restarted since carry it too, and run what was there by then.
 */
export function reckon(now: Situation, recorded: Baseline | undefined, fingerprint: Fingerprint): Reckoning {
  const before = recorded?.uid === now.uid ? recorded : undefined;
  const comparably = comparable(knownSources(now, before), fingerprint.keyId);
  const recordedThen = inOrder(now, comparably, fingerprint.absent);
  const known = withAbsence(now, { known: recordedThen, patterns: before?.patterns }, fingerprint.absent);
  const wanted = wantedOf(now, known, fingerprint.absent);
  const want = fingerprint.of(wanted);
  const started = startedWith(now);
  const basis = { now, before, want, wanted, started, absent: fingerprint.absent };
  if (isDone(basis, known, fingerprint.keyId)) return settled(basis, now.stamp !== want);
  if (!isTracked(now, before, fingerprint.keyId)) return untracked(basis, known);
  const recordedHad = overlay(wanted, known);
  const had = overlay(recordedHad, started);
  const record = recordOf(now, before, now.fresh?.complete ? had : recordedHad);
  const credited = Object.keys(had).some((key) => had[key] !== recordedHad[key]);
  return { want, have: fingerprint.of(had), wanted, had, record, credited, started, absent: fingerprint.absent };
}

/** What the pods of the last complete start have read: the content that was written before that start. */
function startedWith({ fresh, members }: Situation): Revisions {
  if (!fresh) return NOTHING;
  const started: Revisions = { ...fresh.sources };
  for (const member of members) {
    if (member.revision !== null && isYoung(member, fresh)) started[member.key] = member.revision;
  }
  return started;
}

/** What was true for the template as it stands. A restart that was turned back before it ended did not happen. */
function knownSources(now: Situation, before: Baseline | undefined): Readonly<Revisions> {
  if (!before) return {};
  return before.mark === now.mark ? before.sources : (before.previous ?? before.sources);
}

function recordOf(now: Situation, before: Baseline | undefined, sources: Readonly<Revisions>): Baseline {
  const unfinished = now.complete ? null : before;
  const previous = unfinished?.mark === now.mark ? unfinished.previous : null;
  const patterns = now.patterns === null ? {} : { patterns: now.patterns };
  return { uid: now.uid, mark: now.mark, sources, previous, ...patterns };
}

type Basis = Readonly<{
  now: Situation;
  before: Baseline | undefined;
  want: Revision;
  wanted: Revisions;
  started: Revisions;
  absent: Revision;
}>;

function settled({ now, before, want, wanted, started, absent }: Basis, credited: boolean): Reckoning {
  const unseen =
    before && before.mark !== now.mark && !now.complete ? { previous: before.previous ?? before.sources } : {};
  const record = { ...recordOf(now, before, wanted), ...unseen };
  return { want, have: want, wanted, had: wanted, record, credited, started, absent };
}

/** True when the record, or first sight, may be believed: no restart can have been made that it does not know of. */
function isTracked(now: Situation, before: Baseline | undefined, keyId: string): boolean {
  if (now.stamp === null || keyIdOf(now.stamp) !== keyId) return true;
  if (before) return before.mark === now.mark;
  const { createdAt } = now;
  const isOlder = ({ changedAt }: MemberSource): boolean =>
    createdAt !== null && changedAt !== null && Date.parse(changedAt) < Date.parse(createdAt);
  return existing(now.members).every(isOlder);
}

/** A restart that the record has not seen brought what is wanted. */
function isDone(basis: Basis, known: Readonly<Revisions>, keyId: string): boolean {
  const { now, before, want } = basis;
  if (before?.mark === now.mark || now.stamp === null) return false;
  return now.stamp === want || (keyIdOf(now.stamp) !== keyId && isDoneByAnother(basis, known));
}

/** An agent with a key of its own restarted it after the last change, as this one would. */
function isDoneByAnother({ now, before, wanted }: Basis, known: Readonly<Revisions>): boolean {
  const changed = now.members.filter(({ key }) => wanted[key] !== known[key]);
  const isYounger = changed.every(({ contentVersion }) => isLater(now.markedAfter, contentVersion));
  return before !== undefined && changed.length > 0 && isYounger;
}

function untracked(basis: Basis, known: Readonly<Revisions>): Reckoning {
  const { now, before, want, wanted, started, absent } = basis;
  if (now.fresh && existing(now.members).every((member) => started[member.key] === member.revision)) {
    const done = settled(basis, true);
    return now.fresh.complete ? done : { ...done, record: before };
  }
  const different = Object.entries(known).filter(([key, value]) => wanted[key] !== undefined && wanted[key] !== value);
  const had = { ...Object.fromEntries(different), ...pick(started, wanted) };
  return { want, have: now.stamp ?? want, wanted, had, record: before, credited: false, started, absent };
}

const existing = (members: readonly MemberSource[]): readonly MemberSource[] =>
  members.filter(({ revision }) => revision !== null);

const isYoung = (member: MemberSource, fresh: FreshStart | null): boolean =>
  fresh !== null && member.revision !== null && isLater(fresh.version, member.contentVersion);

function wantedOf({ members, triggers }: Situation, known: Readonly<Revisions>, absent: Revision): Revisions {
  const wanted: Revisions = {};
  for (const member of members) {
    const effective = currentOf(member, known[member.key]) ?? whenAbsent(member, known[member.key], triggers, absent);
    if (effective !== undefined) wanted[member.key] = effective;
  }
  return wanted;
}

/** What a source brings now to a workload that is known to run `known`; undefined: nothing is there. */
function currentOf({ revision, started }: MemberSource, known: Revision | undefined): Revision | undefined {
  if (!started) return revision ?? undefined;
  return revision === null || known === started ? (known ?? started) : revision;
}

/** The entries made with this key: others say nothing, so changing the key restarts nothing. */
const comparable = (sources: Readonly<Revisions>, keyId: string): Readonly<Revisions> =>
  Object.values(sources).every((value) => keyIdOf(value) === keyId)
    ? sources
    : Object.fromEntries(Object.entries(sources).filter(([, value]) => keyIdOf(value) === keyId));

/** `base` with the values of `over` for its own keys; itself when that changes nothing, for there are many of them. */
function overlay(base: Revisions, over: Readonly<Revisions>): Revisions {
  const differs = Object.keys(base).some((key) => over[key] !== undefined && over[key] !== base[key]);
  return differs ? { ...base, ...pick(over, base) } : base;
}

const pick = (from: Readonly<Revisions>, keys: Readonly<Revisions>): Revisions =>
  Object.fromEntries(Object.entries(from).filter(([key]) => keys[key] !== undefined));
