import { rateOf } from '@app/contracts/policy/limits';
import { FleetFacts } from '@test/rollout/fleet';
import { keyNamed, NEW, rolloutOf, type Rules } from '@test/rollout/fixtures';
import { permitsFor } from '../../../../apps/hub/src/dispatch/core/permit';
import type { LimitsHere } from '../../../../apps/hub/src/limits/core/limits-here';
import type { FleetNow } from '../../../../apps/hub/src/rollout/core/fleet-now';
import type { Rollout, RolloutEvent, Step } from '../../../../apps/hub/src/rollout/core/model';
import { isNews, stepNews } from '../../../../apps/hub/src/rollout/core/news';
import { startsOf } from '../../../../apps/hub/src/rollout/core/starts';
import { stepAll } from '../../../../apps/hub/src/rollout/core/step-all';
import type { Transition } from '../../../../apps/hub/src/rollout/rollout-writes';
import type { RolloutStore } from '../../../../apps/hub/src/rollout/rollout.store';

type Passage = Pick<Transition, 'before' | 'after' | 'changed'>;

const WAVES = 10;
/** Workloads that restart in each cluster. */
export const PER_CLUSTER = 100;
const plenty = [{ rate: rateOf('1000000/s', 10_000_000), holds: true }];
const NO_LIMIT: LimitsHere = {
  ...{ global: plenty, cluster: plenty, namespace: plenty },
  ...{ minIntervalMs: 0, clusters: null, workloadsPerCluster: null, podsPerCluster: null },
};

/** One rollout on the hub's own way: decided by its engine, admitted and written by its store, with its permits made. */
export class OneRollout {
  private readonly fleet: FleetNow;
  private readonly rollout: Rollout;
  private readonly workloads: readonly string[];

  constructor(
    private readonly store: RolloutStore,
    clusters: readonly string[],
    n: number,
  ) {
    this.workloads = Array.from({ length: PER_CLUSTER }, (_, w) => `w${n}-${w}`);
    const { clusters: facts } = new FleetFacts(clusters, this.workloads).now();
    const limited = Object.entries(facts).map(([name, cluster]) => [name, { ...cluster, limits: NO_LIMIT }] as const);
    this.fleet = { clusters: Object.fromEntries(limited) };
    this.rollout = { ...rolloutOf(rulesOf(clusters, this.workloads), Date.now()), id: `r${n}`, lineage: n + 1 };
  }

  /** Plans it, and has its first wave begin. */
  async enqueue(): Promise<void> {
    const at = Date.now();
    await this.write(stepAll(this.rollout, [{ type: 'woken', at }], this.fleet), at);
  }

  /** Dispatches, has every cluster acknowledge and report, wave after wave. @returns restarts that succeeded */
  async carryOut(): Promise<number> {
    let now = await this.read();
    for (let wave = 0; wave < WAVES; wave += 1) {
      const at = Date.now();
      const sent = this.rollout.waves[wave]?.clusters.filter(
        (cluster) => permitsFor(now, cluster, { hubEpoch: 1, at }).length > 0,
      );
      const some = sent ?? [];
      await this.takeIn(some.map((cluster) => ({ type: 'acked', at, cluster, attempt: 1 })));
      now = await this.takeIn(
        some.flatMap((cluster) => this.workloads.map((name) => this.reported(cluster, name, at))),
      );
    }
    return now.targets.all().flatMap(({ restarts }) => restarts.filter(({ phase }) => phase === 'Succeeded')).length;
  }

  private reported(cluster: string, workload: string, at: number): RolloutEvent {
    return {
      ...{ type: 'reported', at, cluster, attempt: 1, workload: keyNamed(workload), outcome: 'APPLIED' },
      ...{ reason: '', message: '', revision: NEW, startedAt: at },
    };
  }

  private async read(): Promise<Rollout> {
    const stored = await this.store.load(this.rollout.id);
    if (!stored) throw new Error(`${this.rollout.id} is not stored`);
    return stored.rollout;
  }

  /** As the service does, with what came in meanwhile: reads, decides by the news alone where that is enough, writes. */
  private async takeIn(events: readonly RolloutEvent[]): Promise<Rollout> {
    const at = Date.now();
    const stored = await this.store.load(this.rollout.id);
    if (!stored) throw new Error(`${this.rollout.id} is not stored`);
    const { rollout } = stored;
    const short = events.every(isNews) ? stepNews(rollout, events, this.fleet, at + 1000) : null;
    const next = short ?? stepAll(rollout, events, this.fleet);
    const passage = { before: rollout, after: next.rollout, changed: next.changed };
    const transition = this.transition(passage, next, at);
    if (!(await this.store.commit([{ from: stored, transition, verb: false }]))) throw new Error('somebody else wrote');
    return next.rollout;
  }

  /** What the store writes of a step that nobody asked for. */
  private transition(passage: Passage, { effects, wakeAt }: Step, at: number): Transition {
    return { ...passage, effects, starts: startsOf(passage, this.fleet), wakeAt, at, by: null, action: null };
  }

  private async write(step: Step, at: number): Promise<void> {
    const passage = { before: null, after: step.rollout, changed: step.rollout.targets.all() };
    const transition = this.transition(passage, step, at);
    await this.store.create({ moves: [{ from: null, transition, verb: false }], guards: [], also: [] });
  }
}

function rulesOf(clusters: readonly string[], workloads: readonly string[]): Rules {
  const size = Math.ceil(clusters.length / WAVES);
  return {
    waves: Array.from({ length: WAVES }, (_, n) => ({
      ...{ name: `s${n}`, clusters: clusters.slice(n * size, (n + 1) * size), after: n === 0 ? [] : [`s${n - 1}`] },
      ...{ concurrency: { percent: 100 }, failures: { count: 0, percent: 0 }, soakMs: 0, exposure: 'unbounded' },
    })),
    ...{ workloads: [...workloads], onFailure: 'halt', maxFailures: null, start: 'auto', maxDeferred: { count: 0 } },
    target: { ackDeadlineMs: 60_000, progressDeadlineMs: 120_000, lostAfterMs: 300_000 },
    ...{ graceMs: 60_000, deferTtlMs: 600_000 },
  };
}
