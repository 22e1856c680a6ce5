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
  const gate = rollout.waves.some(({ phase }) => phase === 'GateBefore' || phase === 'GateAfter');
  return verdict === 'open' && gate ? 'waits-on-gate' : verdict;
}

/** What the reader can do about a rollout that has not succeeded; empty when there is nothing to say. */
export function remedyOf(rollout: Pick<RolloutView, 'id' | 'phase' | 'supersededBy'>): string {
  const { id, phase, supersededBy } = rollout;
  switch (phase) {
    case 'Halted':
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
    case 'Failed':
    case 'Cancelled':
      return 'What it left behind stays pending: repair it, then start a rollout of the source by hand.';
    default:
      return '';
  }
}
