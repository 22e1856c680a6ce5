import { FleetFacts } from '@test/rollout/fleet';
import { keyNamed, NEW, rolloutOf, type Rules, START } from '@test/rollout/fixtures';
import type { FleetNow, Instant, Rollout, RolloutEvent, Step } from '../../../../apps/hub/src/rollout/core/model';
import { isNews, stepNews } from '../../../../apps/hub/src/rollout/core/news';
import { step } from '../../../../apps/hub/src/rollout/core/step';
import { stepAll } from '../../../../apps/hub/src/rollout/core/step-all';

/** Events per second that the engine takes in, and whether the rollout went as far as they say. */
export type EngineRate = Readonly<{ perSecond: number; succeeded: number }>;

/** A rollout of one wave with all its clusters under way; each is acknowledged, then done. @param together events per step */
export function engineRate(targets: number, together: number): EngineRate {
  const clusters = Array.from({ length: targets }, (_, n) => `c${String(n).padStart(4, '0')}`);
  const facts = new FleetFacts(clusters, ['web']);
  const dispatched = step(rolloutOf(rulesOf(clusters)), { type: 'woken', at: START }, facts.now());
  for (const cluster of clusters) facts.setWorkload(cluster, 'web', { have: NEW });
  const fleet = facts.now();
  const events = [...clusters.map(acked), ...clusters.map(reported)];
  const begin = performance.now();
  let now: Step = dispatched;
  for (let at = 0; at < events.length; at += together) now = next(now, events.slice(at, at + together), fleet);
  const seconds = (performance.now() - begin) / 1000;
  return { perSecond: events.length / seconds, succeeded: succeededOf(now.rollout) };
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
