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

/** Source or workload: the policy that is to carry its changes, of those that match. */
export const POLICY_ANNOTATION = `${OUR_PREFIX}/policy`;
/** Workload: names of workloads of its namespace that restart before it. */
export const RESTART_AFTER_ANNOTATION = `${OUR_PREFIX}/restart-after`;
/** Source: a `rollout:` expression that narrows the waves of the policy, where that allows it. */
export const ROLLOUT_OVERRIDE_ANNOTATION = `${OUR_PREFIX}/rollout-override`;
