import { reason, type Reasons } from './reason';

/** Of notifications: why a receiver was not told. */
export const NOTIFICATION_REASONS = {
  NotificationRefused: reason(
    'The receiver answered with what another try would not change, such as 404.',
    'Mend its address or its secret in `HUB_WEBHOOKS`.',
  ),
  NotificationExpired: reason(
    'The receiver could not be told, although it was tried for a day.',
    'Look at the receiver; look at the rollout yourself.',
  ),
  ReceiverUnknown: reason(
    'The hub is not configured with the receiver that the policy names, or not any more.',
    'Bring it back in `HUB_WEBHOOKS`, or take it out of the policy.',
  ),
} satisfies Reasons;
