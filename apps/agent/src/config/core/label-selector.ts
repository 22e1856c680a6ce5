const KEY = String.raw`(?:[a-z0-9A-Z](?:[-a-z0-9A-Z.]{0,251}[a-z0-9A-Z])?\/)?[a-z0-9A-Z](?:[-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?`;
const VALUE = String.raw`(?:[a-z0-9A-Z](?:[-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?)?`;
const SET = String.raw`\(\s*${VALUE}(?:\s*,\s*${VALUE})*\s*\)`;
const REQUIREMENT = new RegExp(`^(?:!?${KEY}|${KEY}\\s*(?:=|==|!=)\\s*${VALUE}|${KEY}\\s+(?:in|notin)\\s*${SET})$`);

/** Commas inside parentheses belong to a set. */
const REQUIREMENTS = /(?:\([^)]*\)|[^,(])+/g;

/**
 * Turns Reloader's small selector language into a Kubernetes label selector: `k:v` is `k=v`, `k:*` and `k=*` are `k`.
 * @returns the selector, or the first requirement that is none.
 */
export function toLabelSelector(
  parts: readonly string[],
): Readonly<{ selector: string }> | Readonly<{ problem: string }> {
  const requirements = (parts.join(',').match(REQUIREMENTS) ?? []).map((part) => modern(part.trim()));
  const bad = requirements.find((requirement) => !REQUIREMENT.test(requirement));
  return bad === undefined ? { selector: requirements.join(',') } : { problem: `"${bad}" is no label selector` };
}

function modern(requirement: string): string {
  const withEquals = /[=!() ]/.test(requirement) ? requirement : requirement.replace(':', '=');
  return withEquals.replace(/\s*=\s*\*$/, '');
}
