import type { RolloutView } from '@app/contracts/api/rollout-view';

/** What a rollout has come to: only what was seen to succeed is good; a halted one waits for a person. */
export type Verdict = 'succeeded' | 'not-converged' | 'open';

export function verdictOf({ phase }: Pick<RolloutView, 'phase'>): Verdict {
  switch (phase) {
    case 'Succeeded':
      return 'succeeded';
    case 'Degraded':
    case 'Failed':
    case 'Cancelled':
    case 'Superseded':
    case 'Halted':
      return 'not-converged';
    case 'Draft':
    case 'Queued':
    case 'Running':
    case 'Pausing':
    case 'Paused':
    case 'Cancelling':
    case 'Superseding':
      return 'open';
  }
}

/** The verdict for somebody who waits no longer: what is open may wait for a decision about a gate. */
export function resultOf(rollout: Pick<RolloutView, 'phase' | 'waves'>): Verdict | 'waits-on-gate' {
  const verdict = verdictOf(rollout);
  const stands = rollout.waves.some(({ phase }) => phase === 'GateBefore' || phase === 'GateAfter');
  return verdict === 'open' && (stands || openApprovals(rollout).length > 0) ? 'waits-on-gate' : verdict;
}

/** Gates that wait for people; also those beside a soak that goes on. */
const openApprovals = ({ waves }: Pick<RolloutView, 'waves'>): readonly string[] =>
  waves.flatMap(({ gates = [] }) =>
    gates.filter(({ type, state }) => type === 'approval' && state === 'Open').map(({ id }) => id),
  );

const gateRemedy = (ids: readonly string[]): string =>
  ids.length === 0 ? '' : `It waits for people: run "reloadctl gate approve ${ids.join(' ')}", or reject.`;

const LEFT_BEHIND = 'What it left behind stays pending: repair it, then start a rollout of the source by hand.';

/** What the reader can do about a rollout that has not succeeded; empty when there is nothing to say. */
export function remedyOf(rollout: Pick<RolloutView, 'id' | 'phase' | 'reason' | 'supersededBy' | 'waves'>): string {
  const { id, phase, reason, supersededBy } = rollout;
  switch (phase) {
    case 'Running':
      return gateRemedy(openApprovals(rollout));
    case 'Halted':
      if (reason === 'ApprovalRejected' || reason === 'ApprovalExpired')
        return `Run "reloadctl rollout resume ${id}" to have it asked once more; or leave out what is behind the gate with "reloadctl rollout skip ${id} --wave NAME --reason …", or cancel it.`;
      if (reason === 'TooManyDeferred')
        return `It goes on by itself once enough of the clusters are back; or leave them out with "reloadctl rollout skip ${id} --cluster NAME --reason …", or go on without them with "reloadctl rollout resume ${id} --accept-failures".`;
      if (reason === 'Regression')
        return `Repair the workload and run "reloadctl rollout resume ${id} --accept-failures": the wave soaks once more; or cancel it.`;
      return `Repair what failed and run "reloadctl rollout retry ${id}"; or leave it out with "reloadctl rollout skip ${id} --cluster NAME --reason …", or go on with "reloadctl rollout resume ${id} --accept-failures".`;
    case 'Superseded':
      return supersededBy === null
        ? ''
        : `A newer revision is carried by ${supersededBy}: run "reloadctl rollout watch ${supersededBy}".`;
    case 'Draft':
      return `It waits for a person to start it: run "reloadctl rollout start ${id} --reason …".`;
    case 'Paused':
    case 'Pausing':
      return `Run "reloadctl rollout resume ${id}" to go on.`;
    case 'Degraded':
      if (reason === 'Deferred')
        return 'Clusters were off line: what they missed is rolled out by itself once they are back.';
      return LEFT_BEHIND;
    case 'Failed':
      return reason === 'PlanInvalid'
        ? 'Change what it names, then start a rollout of the source by hand.'
        : LEFT_BEHIND;
    case 'Cancelled':
      return LEFT_BEHIND;
    default:
      return '';
  }
}
