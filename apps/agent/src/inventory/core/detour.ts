import type { Revision } from '@app/contracts/revision';
import type { LocalKey } from './local-key';
import type { MemberSource, Reckoning } from './reckon';
import { isLater } from './resource-version';

/** The sources of a workload hold something else than what it was started with. */
export type Detour = Readonly<{
  have: Revision;
  wanted: Readonly<Record<LocalKey, Revision>>;
  /** When the first of them changed (RFC 3339); null: not known. */
  since: string | null;
  /** Its resourceVersion, where that very write was seen. */
  sinceVersion: string | null;
}>;

/** They hold what it was started with once more, and nothing was restarted: pods of that time may run the other content. */
export type Return = Readonly<{
  /** Of that time. */
  wanted: Readonly<Record<LocalKey, Revision>>;
  /** What it was started with. */
  had: Readonly<Record<LocalKey, Revision>>;
  /** RFC 3339; null: not known. */
  since: string | null;
  /** resourceVersion of the write that began it, where that was seen; null: not known. */
  sinceVersion: string | null;
  until: string | null;
}>;

type Next = Readonly<{ detour: Detour | null; back: Return | null }>;

/** Goes on from the last look at a workload to this one. */
export function nextDetour(before: Detour | null, now: Reckoning, members: readonly MemberSource[]): Next {
  const { want, have, wanted, had } = now;
  if (want === have) return { detour: null, back: before && before.have === have ? ended(before, had, members) : null };
  const changed = members.filter(({ key }) => wanted[key] !== had[key]);
  const began =
    before?.have === have
      ? { since: before.since, sinceVersion: before.sinceVersion }
      : { since: timeOf(changed, (a, b) => a < b), sinceVersion: firstVersion(changed) };
  return { detour: { have, wanted, ...began }, back: null };
}

const ended = ({ wanted, ...began }: Detour, had: Return['had'], members: readonly MemberSource[]): Return => ({
  wanted,
  had,
  since: began.since,
  sinceVersion: began.sinceVersion,
  until: timeOf(members, (a, b) => a > b),
});

/** Of the first of them; null: the write itself of one was not seen. */
function firstVersion(members: readonly MemberSource[]): string | null {
  if (!members.every(({ replaced }) => replaced !== undefined)) return null;
  const versions = members.map(({ contentVersion }) => contentVersion);
  return versions.find((one) => versions.every((other) => other === one || isLater(other, one))) ?? null;
}

/** The first or the last time at which one of them changed; null: of one it is not known, or there is none. */
function timeOf(members: readonly MemberSource[], isBetter: (a: number, b: number) => boolean): string | null {
  let best: string | null = null;
  for (const { changedAt } of members) {
    if (changedAt === null) return null;
    if (best === null || isBetter(Date.parse(changedAt), Date.parse(best))) best = changedAt;
  }
  return best;
}
