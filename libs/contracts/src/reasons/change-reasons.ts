import { reason, type Reasons } from './reason';

/** Of changes of a source that no rollout carries yet. */
export const CHANGE_REASONS = {
  Quarantined: reason(
    'The source changed too often (`flap`), or its rollouts were superseded too often in a row (`supersede.maxChain`): nothing starts for it until it has been quiet.',
    'Stop what keeps changing it; or start a rollout by hand.',
  ),
  Flapping: reason('The source changes often, and the policy lets that go on (`flap.action: alert`).'),
  Queued: reason('The newer revision waits until the rollout under way is over (`supersede.policy: queue`).'),
  Rejected: reason(
    'The newer revision is not carried, as a rollout is under way (`supersede.policy: reject`).',
    'Start a rollout by hand once the other is over.',
  ),
} satisfies Reasons;
