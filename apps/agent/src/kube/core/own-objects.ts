import { OUR_PREFIX } from '@app/contracts/annotations';

/** Marks the agent's own ConfigMaps and Secrets, and says which part of its state they hold. */
export const STATE_PART_LABEL = `${OUR_PREFIX}/part`;
/** Who made an object, for people who look at it. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'fleet-reloader' } as const;
