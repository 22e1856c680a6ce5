export type Document = Readonly<Record<string, unknown>>;

/** The name that a policy document gives itself, in its one-line or its full form. */
export function nameOf(document: Document): string | undefined {
  const metadata = document['metadata'];
  const holder = 'rollout' in document || !isObject(metadata) ? document : metadata;
  const name = holder['name'];
  return typeof name === 'string' ? name : undefined;
}

/** A document that can stand alone: one that had its name from the address it was sent to gets it written in. */
export const withName = (name: string, document: Document): Document =>
  nameOf(document) === undefined && 'rollout' in document ? { name, ...document } : document;

/** Equal as JSON, whatever the order of keys. */
export function sameDocument(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** With keys in the order of `like` where that has them, so that a comparison shows what differs and not what moved. */
export function inOrderOf(like: unknown, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, at) => inOrderOf(Array.isArray(like) ? like[at] : undefined, item));
  if (!isObject(value)) return value;
  const reference: Document = isObject(like) ? like : {};
  const keys = [...Object.keys(reference).filter((key) => key in value), ...Object.keys(value)];
  return Object.fromEntries([...new Set(keys)].map((key) => [key, inOrderOf(reference[key], value[key])]));
}

export const isObject = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${fields.join(',')}}`;
}
