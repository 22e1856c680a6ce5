import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { LimitUpkeep } from '../limits/limit-upkeep';
import { HubMetrics } from '../ops/metrics';
import { Clock } from '../platform/clock';
import { RolloutRetention } from '../rollout/rollout-retention';
import { DueStore } from './due.store';
import { Reconciler } from './reconciler';
import { WorkQueues } from './work-queues';

const RECONCILE_MS = 15_000;
const PRUNE_MS = 600_000;

/** Something done again and again, on every replica. */
export type Chore = Readonly<{ everyMs: number; work: () => Promise<unknown> }>;

/** What goes on beside the timers themselves. */
@Injectable()
export class Upkeep {
  constructor(
    private readonly reconciler: Reconciler,
    private readonly retention: RolloutRetention,
    private readonly clock: Clock,
    private readonly limits: LimitUpkeep,
  ) {}

  chores(): readonly Chore[] {
    return [
      { everyMs: RECONCILE_MS, work: () => this.reconciler.run() },
      { everyMs: PRUNE_MS, work: () => this.retention.prune(this.clock.now()) },
      { everyMs: PRUNE_MS, work: () => this.limits.prune() },
    ];
  }
}

/** Shows the timers in the metrics. */
@Injectable()
export class WakeMetrics implements OnApplicationBootstrap {
  constructor(
    private readonly metrics: HubMetrics,
    private readonly due: DueStore,
    private readonly queues: WorkQueues,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.metrics.observe({
      dueOverdueSeconds: async () => (await this.due.overdueMs(this.clock.now())) / 1000,
      jobs: () => this.queues.counts(),
    });
  }
}
