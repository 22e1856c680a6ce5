import { reason, type Reasons } from './reason';

/** Of rollouts and waves: why they are in the phase they are in. */
export const ROLLOUT_REASONS = {
  Recovering: reason(
    'The hub has lost its store and has to hear from the clusters first where they stand; nothing starts before.',
    'Bring the agents back; remove or revoke clusters that are no more.',
  ),
  NotStarted: reason('It is a Draft: the policy leaves the start to a person.', 'Start it, or cancel it.'),
  Started: reason('A person started the Draft.'),
  Paused: reason('A person paused it. What had begun finishes.', 'Resume it.'),
  Resumed: reason('A person resumed it.'),
  Retried: reason('A person asked for what failed once more.'),
  FailuresAccepted: reason('A person decided to go on with the failures; they no longer count.'),
  Cancelled: reason('A person or the policy ended it. What had begun finishes, nothing else starts.'),
  Superseded: reason('Another rollout carries a newer revision of the same source, or was planned anew.'),
  CauseGone: reason(
    'What it halted on is not there any more: what failed was skipped, retried or has healed, so it goes on.',
  ),
  FailureLimit: reason(
    'More clusters failed than the wave or the policy tolerates.',
    'Mend what failed and retry; or skip it; or resume and accept the failures.',
  ),
  NoSuccess: reason(
    'Not one cluster of the wave succeeded, which no limit tolerates.',
    'Mend what failed and retry; or skip the wave.',
  ),
  TooManyDeferred: reason(
    'More clusters are off line than `offline.maxDeferred` lets a wave end with.',
    'Bring them back, skip them, or resume and accept it.',
  ),
  HaltExpired: reason('It was halted for longer than `onHalt.ttl` and was given up.', 'Start a rollout by hand.'),
  Failures: reason('It ended with failures that its limits tolerate.', 'Look at the clusters that failed.'),
  Deferred: reason('It ended while clusters were off line; they are still owed their restart.'),
  PlanInvalid: reason(
    'No plan could be made, for example because clusters belong to no wave, or workloads wait for each other.',
    'The sentence names what is wrong: change the policy, then plan anew.',
  ),
  NoWave: reason(
    'No wave of the policy takes the cluster, and `unassigned: ignore` has such clusters left alone.',
    'Let a wave take it, by its labels, its name, a larger size or `rest: true`; or set `unassigned: rest`.',
  ),
  NoTargets: reason('No cluster is concerned, so nothing was started.'),
  Hold: reason('A hold stops the line there.', 'Ask its owner, or release it.'),
  PolicyOrder: reason(
    'Rollouts of other policies are under way that come first, as `dependsOn.policies` says.',
    'Wait until they are over; or end them; or take the rule out of the policy and plan anew.',
  ),
  Soak: reason('The wave is through; the next one waits until the soak is over.'),
  Wave: reason('It waits for the waves before its own.'),
  WaveFailed: reason('A wave that it depends on failed, so it was not started.', 'Mend and retry.'),
  Empty: reason('The wave has no clusters, or nothing to restart in them: it is skipped without gates and soak.'),
  ByUser: reason('A person skipped it.'),
  Wake: reason('Nothing holds it: it is about to go on.'),
  Raced: reason('Someone else was faster; the request changed nothing.', 'Look at the rollout as it is now.'),
} satisfies Reasons;

/** Of gates. */
export const GATE_REASONS = {
  Approval: reason('A gate waits for people to approve.', 'Approve or reject it.'),
  ApprovalOverdue: reason('Nobody decided in time; the gate goes on to wait, as `onExpire: hold` says.', 'Decide it.'),
  ApprovalExpired: reason(
    'Nobody decided in time, which `onExpire: reject` takes for a no.',
    'Resume the rollout to ask again, or cancel it.',
  ),
  ApprovalRejected: reason('An approver said no.', 'Resume the rollout to ask again, or cancel it.'),
  Approved: reason('Enough people approved.'),
  CompletedEarly: reason('A person let the gate pass before its time.'),
  GatePassed: reason('The time that the gate waited for has come.'),
  Schedule: reason('A gate waits for a time of the clock.', 'An approver can let it pass early.'),
  Wait: reason(
    'A gate waits for a while, which nobody can cut short.',
    'Wait; or skip the wave, or cancel the rollout.',
  ),
  NotNeeded: reason('The gate was dropped: its wave or its rollout is over, or had nothing to do.'),
  NotOpen: reason('The gate is not open yet, so nothing can be decided.', 'Wait until it opens.'),
} satisfies Reasons;

/** Of targets, that is of a cluster's part in a rollout: why nothing is sent there now, or no more. */
export const TARGET_REASONS = {
  IdentityConflict: reason(
    'Another cluster has asked in under the identity of this one, or for its name, and was refused; which of the two is the right one is not known, so nothing starts.',
    'Give the other one a name and an identity of its own; then approve this one, or wait for an hour.',
  ),
  AgentTooOld: reason(
    'The agent is too old to prove what the policy asks for; `offline` says what becomes of the cluster.',
    'Upgrade the agent, or do without `target.minReady`.',
  ),
  Offline: reason('The cluster is not connected; `offline` says what becomes of it.', 'Bring the agent back.'),
  Drained: reason('The cluster is drained: people keep restarts away from it.', 'Undrain it.'),
  ClusterUnknown: reason('The cluster is not, or no more, part of the fleet.', 'Enrol it, or skip it.'),
  LostContact: reason(
    'The agent fell silent while it had work. The slot is kept; after `target.lostAfter` it counts as failed.',
    'Bring the agent back: what it did is found out.',
  ),
  Returned: reason('The cluster came back and catches up with the newest revision.'),
  Left: reason('The cluster was removed from the fleet, or revoked.'),
  JoinerIgnored: reason('The cluster told of the change too late, and the policy says `joiners: ignore`.'),
  AwaitsReport: reason('The agent has not told yet where the workload stands.'),
  SourceArrival: reason('The revision has not reached the cluster yet; a restart would load the old one.'),
  SourceNotArrived: reason(
    'The revision did not reach the cluster within `target.sourceDeadline`; it is owed the restart once it does.',
    'Look at what copies the source there.',
  ),
  SourceMoved: reason(
    'The source holds another revision there by now; the rollout of that one restarts the workloads. One that does not come within `target.sourceDeadline` is not waited for.',
  ),
  Window: reason('No window is open, or a freeze is on, where the cluster is.', 'Wait, or change the windows.'),
  Concurrency: reason('As many clusters of the wave are in flight as may be.'),
  FleetOrder: reason(
    'Workloads in other clusters come first, as `dependsOn.workloads` with the scope `fleet` says.',
    'Wait for those that the message names, or skip them.',
  ),
  Deadlock: reason(
    'Nothing of the rollout can go on by itself: what is left waits for workloads that will not be restarted, or for rollouts that wait for it.',
    'Retry or skip those that the message names, or cancel the rollout and mend the order in the policy.',
  ),
  Ramp: reason('The next batch of the ramp starts when the one before it has succeeded.'),
  Order: reason('Workloads wait for others, as `dependsOn` or the annotation `restart-after` says.'),
  Restarting: reason('Restarts are under way.'),
  Refused: reason('The agent refused the permit; it is asked again with a new one.'),
  Retry: reason('It is tried again with the next attempt.'),
  RateLimit: reason('As many restarts were started as the limits allow for now.', 'Wait; or raise the limit.'),
  ConcurrencyLimit: reason('As many restarts are under way as the limits allow.', 'Wait; or raise the limit.'),
  MinInterval: reason('The workload was restarted a short while ago.', 'Wait; or lower `workload.minInterval`.'),
  WorkloadLocked: reason('Another rollout restarts the workload now; one restart may do for both.'),
} satisfies Reasons;
