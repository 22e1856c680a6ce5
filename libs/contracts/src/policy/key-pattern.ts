import { z } from 'zod';

/** Most patterns of one policy. */
export const MAX_IGNORED_KEYS = 64;

/** Keys of ConfigMaps and Secrets, as the API server has them; `*` stands for any text, also for none. */
export const keyPattern = z
  .string()
  .regex(/^[-._a-zA-Z0-9*]{1,253}$/, 'must be a key such as "tls.crt", in which * stands for any text: "meta.*"');

/** Whether one of the patterns is for the whole of this key. */
export function matchesKey(patterns: readonly string[], key: string): boolean {
  return patterns.some((pattern) => matches(pattern.split('*'), key));
}

/** Looks for each part as early as it can stand, so that no key takes longer than its length times the parts. */
function matches(parts: readonly string[], key: string): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return key === first;
  if (!key.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = key.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return key.length - last.length >= at && key.endsWith(last);
}
