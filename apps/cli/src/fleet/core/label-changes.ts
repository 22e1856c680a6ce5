type Labels = Readonly<Record<string, string>>;

/** What is wrong with labels as they were written. */
export class LabelTextError extends Error {}

/** Reads `env=prod,region=eu`. @throws LabelTextError */
export function parseLabels(text: string): Labels {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(pairs.map((pair) => keyAndValue(pair.trim())));
}

/** Applies what `cluster label` takes: `key=value` sets a label, `key-` removes it. @throws LabelTextError */
export function changeLabels(labels: Labels, changes: readonly string[]): Labels {
  const next = new Map(Object.entries(labels));
  for (const change of changes) {
    if (change.endsWith('-') && !change.includes('=')) {
      next.delete(change.slice(0, -1));
      continue;
    }
    const [key, value] = keyAndValue(change);
    next.set(key, value);
  }
  return Object.fromEntries(next);
}

function keyAndValue(pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new LabelTextError(`"${pair}" is no label: it looks like env=prod`);
}
