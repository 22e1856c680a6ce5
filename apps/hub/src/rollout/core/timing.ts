import type { Instant, Rollout, Target } from './model';

/** How often a rollout looks again when nothing else tells it to. */
export const SWEEP_MS = 15_000;
/** Slack for what the hub can not see: queueing at the agent, a slow network. */
const STALL_SLACK_MS = 60_000;
const MAX_BACKOFF_MS = 300_000;
/** A fence has room for 999 attempts below the next rollout's. */
export const MAX_ATTEMPT = 999;

/** Wait after the refusal of this attempt: 1 s, doubling, at most 5 min. */
export const backoffMs = (attempt: number): number => Math.min(MAX_BACKOFF_MS, 1000 * 2 ** Math.max(0, attempt - 1));

type Spec = Rollout['spec'];

/** When a permit without acknowledgement, or a revocation without answer, is due again. */
export const ackDue = (target: Target, spec: Spec): Instant => (target.permit?.sentAt ?? 0) + spec.target.ackDeadlineMs;

/** When an agent that is on line has been silent for so long that the permit is sent again, and when it has failed. */
export function stallOf(target: Target, spec: Spec): Readonly<{ resendAt: Instant; failAt: Instant }> {
  const { progressDeadlineMs, ackDeadlineMs, minReadyMs = 0 } = spec.target;
  const patience = progressDeadlineMs + ackDeadlineMs + minReadyMs + STALL_SLACK_MS;
  const since = Math.max(target.dispatchedAt ?? 0, target.permit?.heardAt ?? 0);
  return { resendAt: since + patience, failAt: since + 2 * patience };
}

export const lostDue = (lostAt: Instant, spec: Spec): Instant => lostAt + spec.target.lostAfterMs;
