/** Names under which a secret would stand if somebody logged a whole object by mistake. */
const SECRETS: ReadonlySet<string> = new Set([
  'authorization',
  'token',
  'enrolmentToken',
  'fingerprintKey',
  'password',
  'privateKey',
  'data',
  'stringData',
  'binaryData',
]);
const CENSOR = '[redacted]';
/** A name counts in the object itself and this deep within it. */
const DEPTH = 3;

/**
 * What may be logged of a value: itself, or a copy without what has the name of a secret. Errors are left to those who
 * turn them into plain objects.
 */
export function censored<T>(value: T, depth = DEPTH): T {
  if (depth === 0 || typeof value !== 'object' || value === null || value instanceof Error) return value;
  const changed = Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const safe = SECRETS.has(name) ? CENSOR : censored(inner, depth - 1);
    return safe === inner ? [] : [[name, safe] as const];
  });
  if (changed.length === 0) return value;
  return Object.assign(
    Array.isArray(value) ? [...(value as unknown[])] : { ...value },
    Object.fromEntries(changed),
  ) as T;
}
