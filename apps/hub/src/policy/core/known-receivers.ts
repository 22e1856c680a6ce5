import type { PolicyProblem } from '@app/contracts/policy/problems';
import { receiverText } from '@app/contracts/policy/receivers';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';

/** Receivers that the policy names and the hub is not configured with. */
export function unknownReceivers(
  { haltWebhooks = [] }: Pick<ResolvedPolicy, 'haltWebhooks'>,
  known: readonly string[],
): readonly PolicyProblem[] {
  const names = known.map(receiverText).sort();
  const expected = names.length === 0 ? 'none: the hub is configured with no receiver' : `one of ${names.join(', ')}`;
  return haltWebhooks.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [
          {
            pointer: `/spec/onHalt/notify/${index}`,
            code: 'RECEIVER_UNKNOWN',
            detail: `the hub has no receiver ${name}; there is ${names.join(', ') || 'none'} (HUB_WEBHOOKS)`,
            expected,
          },
        ],
  );
}
