/** A header that was given twice arrives as a list. */
type Header = string | readonly string[] | undefined;

/**
 * Which stored version a conditional request expects: a number, `any`, `none`, or null without a condition.
 * Undefined: the headers can not be understood. Weak tags are not accepted: a version is exact.
 */
export function expectedVersion(ifMatch: Header, ifNoneMatch: Header): number | 'any' | 'none' | null | undefined {
  if (ifNoneMatch !== undefined) return ifNoneMatch === '*' && ifMatch === undefined ? 'none' : undefined;
  if (ifMatch === undefined) return null;
  if (ifMatch === '*') return 'any';
  if (typeof ifMatch !== 'string') return undefined;
  const version = /^"(\d{1,9})"$/.exec(ifMatch)?.[1];
  return version === undefined ? undefined : Number(version);
}
