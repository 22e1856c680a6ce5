import type { Revision } from '@app/contracts/revision';
import type { Arrival } from './arrival';
import type { LocalKey } from './local-key';
import { isLater } from './resource-version';

/**
 * How a workload came to be known. `version`: that of its creation, where that was seen, else empty. `relisted`: it had
 * been there for a while by then, for the watch had a gap. `isNow`: it was not reckoned yet.
 */
export type FirstSight = Readonly<{ version: string; relisted: boolean; isNow: boolean }>;

/** Something was recorded of it before, or nothing is known of its creation. */
export const RECORDED: FirstSight = { version: '', relisted: false, isNow: false };

/** `arrival`: how this version of it was told. */
export const firstSightOf = (version: string, arrival: Arrival): FirstSight => ({
  version: arrival === 'live' ? version : '',
  relisted: arrival === 'relisted',
  isNow: true,
});

/** After it was reckoned: of most workloads nothing is left to know. */
export function reckoned(sight: FirstSight): FirstSight {
  if (!sight.isNow) return sight;
  return sight.version === '' ? RECORDED : { ...sight, isNow: false };
}

type Member = Readonly<{
  key: LocalKey;
  revision: Revision | null;
  started?: Revision | null;
  contentVersion: string;
  replaced?: Revision;
  changedAt: string | null;
}>;
type Looked = Readonly<{
  members: readonly Member[];
  resourceVersion: string;
  createdAt: string | null;
  firstSight: FirstSight;
}>;
type Revisions = Readonly<Record<LocalKey, Revision>>;

/**
 * `known`, put right where the watches of workloads and sources, which keep no order, told of one before the other. What
 * changed after the workload was written is a change, though it was heard of before: what that replaced was there. What
 * changed before the workload was made is none, though it was heard of after: its pods have started with it.
 */
export function inOrder(now: Looked, known: Revisions, absent: Revision): Revisions {
  const changed: [LocalKey, Revision | undefined][] = [];
  for (const member of now.members) {
    const value = known[member.key];
    const right = rightOf(now, member, { value, absent });
    if (right !== value) changed.push([member.key, right]);
  }
  if (changed.length === 0) return known;
  const all = Object.entries({ ...known, ...Object.fromEntries(changed) });
  return Object.fromEntries(all.filter((entry): entry is [LocalKey, Revision] => entry[1] !== undefined));
}

type Known = Readonly<{ value: Revision | undefined; absent: Revision }>;

function rightOf(now: Looked, member: Member, { value, absent }: Known): Revision | undefined {
  const { revision, replaced, started, contentVersion } = member;
  if (!started && isLater(now.firstSight.version, contentVersion)) return revision ?? undefined;
  const isMissed = value === undefined && replaced !== undefined && isSince(now, member, replaced === absent);
  return isMissed ? replaced : value;
}

/**
 * After a gap the version of a workload is not that of its creation, and times tell; they are whole seconds. What
 * changed in the same one is taken as a change, for nothing may be lost; what came in the same one is not, for it is
 * most often made together with it.
 */
function isSince({ resourceVersion, createdAt, firstSight }: Looked, member: Member, hasCome: boolean): boolean {
  const { version, relisted, isNow } = firstSight;
  if (isLater(member.contentVersion, isNow && version !== '' ? version : resourceVersion)) return true;
  if (!isNow || !relisted || createdAt === null || member.changedAt === null) return false;
  const youngerBy = Date.parse(member.changedAt) - Date.parse(createdAt);
  return hasCome ? youngerBy > 0 : youngerBy >= 0;
}
