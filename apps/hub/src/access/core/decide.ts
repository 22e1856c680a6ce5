import type { Role } from '@app/contracts/api/views';
import { roleReaches } from './roles';

type Rule = Readonly<{ role: Role; fleetWide?: boolean }>;
type Who = Readonly<{ role: Role; scope: unknown }>;

/** May this caller use a route with this rule? A no carries its reason. */
export function decideAccess(
  rule: Rule,
  who: Who,
): Readonly<{ allowed: true } | { allowed: false; code: string; detail: string }> {
  if (!roleReaches(who.role, rule.role)) {
    return { allowed: false, code: 'ROLE', detail: `this needs the role ${rule.role}; the token has ${who.role}` };
  }
  if (rule.fleetWide === true && who.scope !== null) {
    return {
      allowed: false,
      code: 'SCOPE',
      detail: 'this concerns the whole fleet; the token is limited to some clusters',
    };
  }
  return { allowed: true };
}
