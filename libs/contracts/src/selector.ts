import { LABEL_KEY, type Labels } from './objects';

type Requirement = Readonly<{ key: string; op: 'in' | 'notin' | 'exists' | 'missing'; values: readonly string[] }>;
/** A parsed label selector: every requirement must hold. Empty matches everything. */
export type Selector = readonly Requirement[];

/** Kubernetes has no `/` in values; labels of clusters may, such as `timezone=Europe/Berlin`. */
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_./]{0,61}[A-Za-z0-9])?)?$/;

export class SelectorError extends Error {}

/**
 * Reads a selector in kubectl's grammar: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas.
 * @throws SelectorError that names the part it could not read.
 */
export function parseSelector(text: string): Selector {
  return splitTopLevel(text).map(parseRequirement);
}

/** Commas inside parentheses separate values, not requirements. */
function splitTopLevel(text: string): string[] {
  if (text.trim() === '') return [];
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)].map((part) => part.trim());
}

function parseRequirement(part: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  if (set)
    return requirement(
      set[1] ?? '',
      set[2] as 'in' | 'notin',
      (set[3] ?? '').split(',').map((v) => v.trim()),
    );
  const equal = /^([^=!\s]+)\s*(!=|==|=)\s*(\S*)$/.exec(part);
  if (equal) return requirement(equal[1] ?? '', equal[2] === '!=' ? 'notin' : 'in', [equal[3] ?? '']);
  if (part.startsWith('!')) return requirement(part.slice(1).trim(), 'missing', []);
  return requirement(part, 'exists', []);
}

function requirement(key: string, op: Requirement['op'], values: readonly string[]): Requirement {
  if (!LABEL_KEY.test(key)) throw new SelectorError(`"${key}" is not a label key`);
  const bad = values.find((value) => !VALUE.test(value));
  if (bad !== undefined) throw new SelectorError(`"${bad}" is not a label value`);
  return { key, op, values };
}

/** As Kubernetes has it: `!=` and `notin` also match what lacks the label. */
export const matchesSelector = (selector: Selector, labels: Labels): boolean =>
  selector.every(({ key, op, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (op) {
      case 'in':
        return value !== undefined && values.includes(value);
      case 'notin':
        return value === undefined || !values.includes(value);
      case 'exists':
        return value !== undefined;
      case 'missing':
        return value === undefined;
    }
  });
