/** Prefix of the annotations that are ours; each word below it is Reloader's own. */
export const OUR_PREFIX = 'fleet-reloader.io';
/** Prefix of Stakater Reloader's annotations, which keep working. */
export const RELOADER_PREFIX = 'reloader.stakater.com';

/** Pod template: the workload revision that the last restart of ours brought. Written in the write that restarts. */
export const REVISION_ANNOTATION = `${OUR_PREFIX}/revision`;
/** Pod template: the rollout that permitted the last restart, or `local` when the agent acted alone. */
export const ROLLOUT_ANNOTATION = `${OUR_PREFIX}/rollout`;
/**
 * Pod template: the last rollout that forced a restart, written in that restart's own write: a permit that comes again
 * restarts nothing.
 */
export const FORCED_ANNOTATION = `${OUR_PREFIX}/forced`;
/** Pod template: Reloader's own marker, with our keyed revision in the place of its SHA-1. */
export const RELOADER_MARKER_ANNOTATION = `${RELOADER_PREFIX}/last-reloaded-from`;
/** Field manager of every write to a workload. */
export const FIELD_MANAGER = 'fleet-reloader';
