import fc from 'fast-check';
import { FleetFacts } from '@test/rollout/fleet';
import { keyNamed, NEW, rolloutOf, type Rules, START } from '@test/rollout/fixtures';
import type { Rollout, RolloutEvent } from './model';
import { step } from './step';
import { stepAll } from './step-all';

const CLUSTERS = ['c1', 'c2', 'c3', 'c4'];
const wave = (name: string, clusters: readonly string[], after: readonly string[]) => ({
  ...{ name, clusters, after, concurrency: { percent: 100 }, failures: { count: 1, percent: 0 } },
  ...({ exposure: 'unbounded', soakMs: 0 } as const),
});
const RULES: Rules = {
  waves: [wave('first', CLUSTERS.slice(0, 3), []), wave('last', CLUSTERS.slice(3), ['first'])],
  ...{ workloads: ['web'], onFailure: 'halt', maxFailures: null, start: 'auto', maxDeferred: { count: 0 } },
  target: { ackDeadlineMs: 60_000, progressDeadlineMs: 120_000, lostAfterMs: 300_000 },
  ...{ graceMs: 60_000, deferTtlMs: 600_000 },
};
const fleet = new FleetFacts(CLUSTERS, RULES.workloads).now();
const dispatched = step(rolloutOf(RULES), { type: 'woken', at: START }, fleet).rollout;

const acked = (cluster: string): RolloutEvent => ({ type: 'acked', at: START, cluster, attempt: 1 });
const reported = (cluster: string, outcome: 'APPLIED' | 'ROLLOUT_FAILED'): RolloutEvent => ({
  ...{ type: 'reported', at: START, cluster, attempt: 1, workload: keyNamed('web'), outcome },
  ...{ reason: outcome === 'APPLIED' ? '' : 'CrashLoop', message: '', revision: NEW, startedAt: START },
});
const oneByOne = (rollout: Rollout, events: readonly RolloutEvent[]): Rollout =>
  events.reduce((state, event) => step(state, event, fleet).rollout, rollout);
const phases = ({ phase, targets, waves }: Rollout): unknown => [
  phase,
  waves.map((each) => each.phase),
  CLUSTERS.map((name) => [targets.get(name)?.phase, targets.get(name)?.restarts.map((restart) => restart.phase)]),
];

/** Agents speak only of what they were sent: the clusters of the wave under way. */
const asked = fc.constantFrom(...CLUSTERS.slice(0, 3));
const event = fc.oneof(
  asked.map(acked),
  fc.tuple(asked, fc.constantFrom('APPLIED', 'ROLLOUT_FAILED')).map(([name, how]) => reported(name, how)),
);

describe('events that are taken in together', () => {
  it('lead where they would have led one by one', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), (events) => {
        const together = stepAll(dispatched, events, fleet).rollout;
        // One more look settles on both sides what the last event made possible.
        const settled = (rollout: Rollout): Rollout => step(rollout, { type: 'woken', at: START }, fleet).rollout;
        expect(phases(settled(together))).toEqual(phases(settled(oneByOne(dispatched, events))));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('are decided upon as of the last of them', () => {
    const later = { type: 'woken', at: START + 60_000 } as const;
    const waking = stepAll(rolloutOf(RULES), [later, { ...later, at: START }], fleet).rollout;
    expect(waking.startedAt).toBe(later.at);
  });

  it('are nothing new when they were taken in before', () => {
    const events = [acked('c1'), reported('c1', 'APPLIED')];
    const { rollout } = stepAll(dispatched, events, fleet);
    expect(stepAll(rollout, events, fleet)).toMatchObject({ effects: [] });
  });
});
