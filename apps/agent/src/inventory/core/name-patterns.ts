import { RE2JS } from 're2js';

/** What a list of names says. */
export type NamedSources = Readonly<{
  /** Named without any special character. */
  names: ReadonlySet<string>;
  /** Named by a regular expression, which has to match the whole name. */
  patterns: readonly RE2JS[];
}>;

const PLAIN_NAME = /^[A-Za-z0-9-]+$/;
const NO_NAMES: ReadonlySet<string> = new Set();
export const NOTHING_NAMED: NamedSources = Object.freeze({ names: NO_NAMES, patterns: [] });

/**
 * Bounds of one list. An expression is compiled into about as many steps as it has signs, times what its counted
 * repeats ask for: without a bound a single annotation could fill the memory, or keep everybody waiting.
 */
const MOST_STEPS = 10_000;
const MOST_PATTERNS = 200;
const MOST_TOLD = 5;
const SHOWN = 100;

/** The entries of a comma-separated list, without the empty ones. */
export const splitList = (value: string): readonly string[] =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/**
 * Reads lists of names. What can not be used is skipped and told in `warnings`, the first few by themselves.
 * RE2 only: a pattern comes from whoever may annotate a workload, so it must not be able to backtrack.
 */
export function readNames(values: readonly string[], warnings: string[]): NamedSources {
  if (values.length === 0) return NOTHING_NAMED;
  const entries = new Set(values.flatMap(splitList));
  const names = new Set<string>();
  const patterns: RE2JS[] = [];
  const skipped: string[] = [];
  let left = MOST_STEPS;
  for (const entry of entries) {
    if (PLAIN_NAME.test(entry)) names.add(entry);
    else {
      const steps = stepsOf(entry);
      const fits = steps <= left && patterns.length < MOST_PATTERNS;
      const pattern = fits ? compile(entry) : null;
      const why = fits ? 'is no valid regular expression' : 'is more than a list of regular expressions may ask for';
      if (fits) left -= steps;
      if (pattern) patterns.push(pattern);
      else skipped.push(`"${entry.slice(0, SHOWN)}" ${why}; this entry is skipped`);
    }
  }
  warnings.push(...told(skipped));
  return { names, patterns };
}

/** All of them, as long as anyone would read that. */
function told(skipped: readonly string[]): readonly string[] {
  if (skipped.length <= MOST_TOLD) return skipped;
  return [...skipped.slice(0, MOST_TOLD), `${skipped.length - MOST_TOLD} more entries of this list are skipped too`];
}

/**
 * No fewer steps than the expression has when it is compiled. A repeat of a group repeats all that stands before. No
 * repeat has two bounds: a comma ends the entry.
 */
function stepsOf(entry: string): number {
  const counts = [...entry.matchAll(/\{(\d{1,6})\}/g)].map(([, count]) => Math.max(1, Number(count)));
  if (!entry.includes('){')) return counts.reduce((sum, count) => sum + count, entry.length);
  return entry.length * counts.reduce((product, count) => Math.min(product * count, MOST_STEPS), 1);
}

function compile(entry: string): RE2JS | null {
  try {
    return RE2JS.compile(entry);
  } catch {
    return null;
  }
}
