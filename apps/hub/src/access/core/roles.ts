import { type Role, ROLES } from '@app/contracts/api/views';

/** Each role may do what those before it in the list may. */
export const roleReaches = (have: Role, needed: Role): boolean => ROLES.indexOf(have) >= ROLES.indexOf(needed);
