const KEY = String.raw`(?:[a-z0-9A-Z](?:[-a-z0-9A-Z.]{0,251}[a-z0-9A-Z])?\/)?[a-z0-9A-Z](?:[-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?`;
const VALUE = String.raw`(?:[a-z0-9A-Z](?:[-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?)?`;
const SIMPLE = new RegExp(`^(?:!?${KEY}|${KEY} ?(?:=|==|!=) ?${VALUE})$`);
const WITH_SET = new RegExp(`^${KEY} (?:in|notin) ?\\(([^()]*)\\)$`);
const ONE_VALUE = new RegExp(`^${VALUE}$`);

/** Commas inside parentheses belong to a set. */
const REQUIREMENTS = /(?:\([^()]*\)|[^,])+/g;

/**
 * Turns Reloader's small selector language into a Kubernetes label selector: `k:v` is `k=v`, `k:*` and `k=*` are `k`.
 * @returns the selector, or the first requirement that is none.
 */
export function toLabelSelector(
  parts: readonly string[],
): Readonly<{ selector: string }> | Readonly<{ problem: string }> {
  const requirements = (parts.join(',').match(REQUIREMENTS) ?? []).map((part) => modern(part.trim()));
  const bad = requirements.find((requirement) => !isRequirement(requirement));
  return bad === undefined ? { selector: requirements.join(',') } : { problem: `"${bad}" is no label selector` };
}

/** The values of a set are looked at one by one: a single expression for all of them could take for ever to say no. */
function isRequirement(text: string): boolean {
  const spaced = text.replace(/\s+/g, ' ');
  if (SIMPLE.test(spaced)) return true;
  const set = WITH_SET.exec(spaced)?.[1];
  return set !== undefined && set.split(',').every((value) => ONE_VALUE.test(value.trim()));
}

function modern(requirement: string): string {
  const withEquals = /[=!() ]/.test(requirement) ? requirement : requirement.replace(':', '=');
  if (!withEquals.endsWith('*')) return withEquals;
  const before = withEquals.slice(0, -1).trimEnd();
  return before.endsWith('=') ? before.slice(0, -1).trimEnd() : withEquals;
}
