import type { Revision } from '@app/contracts/revision';
import { type LocalKey, localKey } from './local-key';
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
  if (want === have) return { detour: null, back: before?.have === have ? ended(before, had, members) : null };
  const { since, sinceVersion } =
    before?.have === have ? before : begun(members.filter(({ key }) => wanted[key] !== had[key]));
  return { detour: { have, wanted, since, sinceVersion }, back: null };
}

const begun = (changed: readonly MemberSource[]): Pick<Detour, 'since' | 'sinceVersion'> => ({
  since: timesOf(changed)[0] ?? null,
  sinceVersion: firstVersion(changed),
});

const ended = (
  { wanted, since, sinceVersion }: Detour,
  had: Return['had'],
  members: readonly MemberSource[],
): Return => ({ wanted, had, since, sinceVersion, until: timesOf(members).at(-1) ?? null });

/** Of the first of them; null: the write itself of one was not seen, or it is a class, which is written pod by pod. */
function firstVersion(members: readonly MemberSource[]): string | null {
  if (members.some(({ key, replaced }) => replaced === undefined || isClass(key))) return null;
  const versions = members.map(({ contentVersion }) => contentVersion);
  return versions.find((one) => versions.every((other) => other === one || isLater(other, one))) ?? null;
}

const isClass = (key: LocalKey): boolean => key.startsWith(localKey('SecretProviderClass', ''));

/** When they changed, the first of them first; none when of one it is not known. */
function timesOf(members: readonly MemberSource[]): readonly string[] {
  const times = members.flatMap(({ changedAt }) => changedAt ?? []);
  return times.length === members.length ? times.sort((a, b) => Date.parse(a) - Date.parse(b)) : [];
}
