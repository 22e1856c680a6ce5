import { FleetFacts } from '@test/rollout/fleet';
import { keyNamed, NEW, rolloutOf, type Rules, START } from '@test/rollout/fixtures';
import type { FleetNow } from '../../../../apps/hub/src/rollout/core/fleet-now';
import type { Instant, Rollout, RolloutEvent, Step } from '../../../../apps/hub/src/rollout/core/model';
import { isNews, stepNews } from '../../../../apps/hub/src/rollout/core/news';
import { step } from '../../../../apps/hub/src/rollout/core/step';
import { stepAll } from '../../../../apps/hub/src/rollout/core/step-all';

/** How fast the engine takes events in, and whether every rollout went as far as they say. */
export type EngineRate = Readonly<{
  perSecond: number;
  /** What an event costs at the end of a rollout, by what one costs at its beginning. */
  growth: number;
  missed: number;
}>;

/** Short runs measure the compiler. */
const EVENTS = 100_000;

/**
 * Rollouts of one wave with all clusters under way, one after the other; each cluster is acknowledged, then done.
 * @param together events per step.
 */
export function engineRate(targets: number, together: number): EngineRate {
  const { dispatched, events, fleet } = rolloutOfOneWave(targets);
  const batches = Array.from({ length: Math.ceil(events.length / together) }, (_, n) =>
    events.slice(n * together, (n + 1) * together),
  );
  // The last one ends the wave, for which the whole rollout is looked at: it is no part of the comparison.
  const quarter = Math.floor((batches.length - 1) / 4);
  const rollouts = Math.ceil(EVENTS / events.length);
  const spent = { whole: 0, first: 0, last: 0 };
  let missed = 0;
  for (let n = 0; n < rollouts; n += 1) {
    let now = dispatched;
    const marks = batches.map((batch) => {
      now = next(now, batch, fleet);
      return performance.now();
    });
    const at = (step: number): number => marks.at(step) ?? NaN;
    spent.whole += ((at(-1) - at(0)) * batches.length) / (batches.length - 1);
    spent.first += at(quarter) - at(0);
    spent.last += at(-2) - at(-2 - quarter);
    missed += targets - succeededOf(now.rollout);
  }
  return { perSecond: (rollouts * events.length * 1000) / spent.whole, growth: spent.last / spent.first, missed };
}

type Given = Readonly<{ dispatched: Step; events: readonly RolloutEvent[]; fleet: FleetNow }>;

function rolloutOfOneWave(targets: number): Given {
  const clusters = Array.from({ length: targets }, (_, n) => `c${String(n).padStart(4, '0')}`);
  const facts = new FleetFacts(clusters, ['web']);
  const dispatched = step(rolloutOf(rulesOf(clusters)), { type: 'woken', at: START }, facts.now());
  for (const cluster of clusters) facts.setWorkload(cluster, 'web', { have: NEW });
  const events = clusters.flatMap((cluster) => [acked(cluster), reported(cluster)]);
  return { dispatched, events, fleet: facts.now() };
}

/** As the service moves a rollout: by the news alone where that is enough. */
function next({ rollout, wakeAt }: Step, events: readonly RolloutEvent[], fleet: FleetNow): Step {
  const news = events.every(isNews) && wakeAt !== null ? stepNews(rollout, events, fleet, wakeAt as Instant) : null;
  return news ?? stepAll(rollout, events, fleet);
}

const succeededOf = ({ targets }: Rollout): number => targets.all().filter(({ phase }) => phase === 'Succeeded').length;

const acked = (cluster: string): RolloutEvent => ({ type: 'acked', at: START + 1, cluster, attempt: 1 });
const reported = (cluster: string): RolloutEvent => ({
  ...{ type: 'reported', at: START + 2, cluster, attempt: 1, workload: keyNamed('web'), outcome: 'APPLIED' },
  ...{ reason: '', message: '', revision: NEW, startedAt: START },
});

const rulesOf = (clusters: readonly string[]): Rules => ({
  waves: [
    {
      ...{ name: 'all', clusters, after: [], concurrency: { percent: 100 }, failures: { count: 1, percent: 0 } },
      ...{ exposure: 'unbounded', soakMs: 0 },
    },
  ],
  ...{ workloads: ['web'], onFailure: 'halt', maxFailures: null, start: 'auto', maxDeferred: { count: 0 } },
  target: { ackDeadlineMs: 60_000, progressDeadlineMs: 120_000, lostAfterMs: 300_000 },
  ...{ graceMs: 60_000, deferTtlMs: 600_000 },
});
