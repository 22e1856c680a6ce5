import { CHANGE_REASONS } from './change-reasons';
import { NOTIFICATION_REASONS } from './notification-reasons';
import type { Reasons } from './reason';
import { CLUSTER_REASONS, REFUSAL_REASONS, RESTART_REASONS } from './restart-reasons';
import { GATE_REASONS, ROLLOUT_REASONS, TARGET_REASONS } from './rollout-reasons';

/** Every reason code of hub and agents, by what has it first. A code means the same wherever it stands. */
export const REASONS: Readonly<Record<string, Reasons>> = {
  Changes: CHANGE_REASONS,
  'Rollouts and waves': ROLLOUT_REASONS,
  Gates: GATE_REASONS,
  'Clusters of a rollout': TARGET_REASONS,
  'Restarts and workloads': RESTART_REASONS,
  'Clusters of the fleet': CLUSTER_REASONS,
  Notifications: NOTIFICATION_REASONS,
  'Refused requests': REFUSAL_REASONS,
};
