import type { Labels } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';

/** Sources whose changes are carried together: all that have this value of a label, in any namespace. */
export type SourceGroup = Readonly<{ label: string; value: string }>;

const PREFIX = 'group/';

/** What stands for the group where else the key of a source stands. Neither part holds a `=`. */
export const groupKey = ({ label, value }: SourceGroup): string => `${PREFIX}${label}=${value}`;

/** Undefined: the key is not one of a group. */
export function groupFrom(key: string): SourceGroup | undefined {
  const at = key.lastIndexOf('=');
  return key.startsWith(PREFIX) && at > PREFIX.length
    ? { label: key.slice(PREFIX.length, at), value: key.slice(at + 1) }
    : undefined;
}

/** The group of a source with these labels, under a policy that gathers by this one; undefined: it stands for itself. */
export function groupOf(label: string | undefined, labels: Labels = {}): SourceGroup | undefined {
  // A label may have the name of something that every object has.
  const value = label !== undefined && Object.hasOwn(labels, label) ? labels[label] : undefined;
  return label === undefined || value === undefined || value === '' ? undefined : { label, value };
}

/** Revisions by the keys of their sources. */
export type Revisions = ReadonlyMap<string, Revision>;

/** What stands for revisions of several sources where else one revision stands; equal ones have equal texts. */
export const revisionsText = (revisions: Revisions): string =>
  [...revisions]
    .map(([source, revision]) => `${source}=${revision}`)
    .sort()
    .join(',');

/** Reads what `revisionsText` wrote. */
export const revisionsFrom = (text: string): Revisions =>
  new Map(
    text.split(',').flatMap((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const];
    }),
  );

/** Whether everything that is seen is what is expected of it; nothing seen is nothing to judge by. */
export const isSeen = (seen: Revisions, expected: Revisions): boolean =>
  seen.size > 0 && [...seen].every(([source, revision]) => expected.get(source) === revision);
