import { objectKey } from '@app/contracts/objects';
import type { Result } from '@app/contracts/wire/agent-messages';
import { completionOf } from '../inventory/core/rollout-status';
import type { Workbench, WorkloadLook } from '../inventory/workbench.port';
import type { KubeEvents, KubeWorkloads } from '../kube/kube.port';
import type { HubLink } from '../link/hub-link.port';
import type { Clock } from '../platform/clock';
import { backoffMs, type Heard } from './core/backoff';
import { type Guards, judge, type Verdict } from './core/judge';
import { podsNow, unfollowed } from './core/holding';
import type { Order } from './core/order';
import { type Markers, removesNothing, turnOf } from './core/template';
import { type Ending, Follower } from './follower';
import type { GuardStore } from './guard-store';
import { OrderBook } from './order-book';
import { tellWhilePaused } from './pause-news';
import { PauseService } from './pause.service';
import { RestartNews } from './news';
import { RestartBudget } from './restart-budget';
import type { RestartHooks } from './restart-hooks';
import { isSuccess } from './core/progress';
import { isFailure, resultOf } from './report';
import { TemplateWriter, type Written } from './template-writer';
import { TimedQueue } from './timed-queue';

export type RestartParts = Readonly<{
  workbench: Workbench;
  kube: KubeWorkloads;
  events: KubeEvents;
  guards: Pick<GuardStore, 'floorOf' | 'maxHubEpoch'>;
  clock: Clock;
}>;

export type RestartOptions = Readonly<{
  markers: Markers;
  /** The annotation that holds the instant of a pause. */
  pausedAt: string;
  /** Restart what is current when a permit forces it. */
  forcedAllowed: boolean;
  /** Most restarts begun in a minute; null: no bound. */
  maxPerMinute: number | null;
}>;

/** Where answers go: the link to the hub, or whoever ordered. */
export type ResultSink = Pick<HubLink, 'progress' | 'result'>;

type Job = {
  readonly order: Order;
  readonly hubNow: () => number;
  readonly sink: ResultSink;
  /** Tries that did not carry it out, in a row. */
  tries: number;
};

/** PATCHes under way at once: more only makes each slower. */
const MAX_IN_FLIGHT = 8;
const NOTHING_TO_REMOVE = {
  do: 'answer',
  outcome: 'SKIPPED',
  reason: 'NothingToRemove',
  message: 'what is gone left no variable in its pod template',
  settle: true,
} as const;
/** A version that is outdated again and again gets some time to settle. */
const CONFLICTS_AT_ONCE = 5;

/**
 * Carries out orders: judge, one PATCH, follow to the end, answer. An order is answered once per id; what keeps it
 * from being carried out for now is retried until it is done or void.
 */
export class RestartService {
  readonly #orders = new OrderBook();
  readonly #queue: TimedQueue<Job>;
  readonly #budget: RestartBudget<Job>;
  readonly #writer: TemplateWriter;
  readonly #follower: Follower;
  readonly #news: RestartNews;
  readonly #pauses: PauseService;
  readonly #inFlight = new Set<Promise<void>>();
  #open = false;
  #stopped = false;

  constructor(
    private readonly parts: RestartParts,
    private readonly options: RestartOptions,
    private readonly hooks: RestartHooks,
  ) {
    this.#queue = new TimedQueue(parts.clock, hooks);
    this.#budget = new RestartBudget(options.maxPerMinute, parts.clock, (job) => this.#enqueue(job));
    this.#writer = new TemplateWriter(parts, { ...options, patched: (s, kind) => hooks.patched(s, kind) });
    this.#news = new RestartNews(parts);
    this.#follower = new Follower(parts.workbench, parts.kube, parts.clock);
    const { resumed, resumeDelayed } = hooks;
    this.#pauses = new PauseService(parts, { annotation: options.pausedAt, resumed, delayed: resumeDelayed });
  }

  /** The inventory is complete and the guards are read: from now on orders are carried out. */
  open(): void {
    this.#open = true;
    this.#pauses.open();
    this.#pump();
  }

  /** Takes an order, any number of times. `hubNow`: the hub's time, epoch ms. */
  submit(order: Order, hubNow: () => number, sink: ResultSink): void {
    const taken = this.#orders.take(order);
    if (taken === 'open') return this.#tellUnderWay({ order, sink });
    if (taken === 'new') this.#enqueue({ order, hubNow, sink, tries: 0 });
    else sink.result(taken);
  }

  /** Orders that were taken and wait for their turn. */
  waiting(): number {
    return this.#queue.size + this.#budget.size;
  }

  /** Takes no more turns and waits for the PATCHes under way; what is left is ordered again by whoever ordered it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#follower.stop();
    await Promise.all([...this.#inFlight, this.#pauses.stop()]);
  }

  #enqueue(job: Job): void {
    this.#queue.push(turnOf(job.order), job);
    this.#pump();
  }

  #pump(): void {
    while (this.#open && !this.#stopped && this.#inFlight.size < MAX_IN_FLIGHT) {
      const job = this.#queue.take();
      if (!job) return;
      const turn = this.#carryOut(job)
        .catch((error: unknown) => this.#tryLater(job, String(error)))
        .finally(() => {
          this.#inFlight.delete(turn);
          this.#pump();
        });
      this.#inFlight.add(turn);
    }
  }

  async #carryOut(job: Job): Promise<void> {
    const look = this.parts.workbench.look(objectKey(job.order.workload));
    const verdict = judge(job.order, look, this.#guards(job));
    switch (verdict.do) {
      case 'patch':
        return removesNothing(verdict.look, verdict.reckoning, this.options.markers)
          ? this.#answer(job, NOTHING_TO_REMOVE, look)
          : this.#write(job, verdict);
      case 'follow':
        this.#tellUnderWay(job);
        return this.#follow(job, null);
      case 'answer':
        return this.#answer(job, verdict, look);
    }
  }

  #guards({ order, hubNow }: Job): Guards {
    const { guards } = this.parts;
    const lastFence = this.#orders.lastFence(order);
    const { forcedAllowed } = this.options;
    const known = { floor: guards.floorOf(order.rollout), maxHubEpoch: guards.maxHubEpoch(), lastFence };
    return { ...known, hubNow: hubNow(), forcedAllowed };
  }

  #answer(job: Job, verdict: Extract<Verdict, { do: 'answer' }>, look: WorkloadLook | undefined): void {
    if (verdict.settle && look?.reckoning) {
      this.parts.workbench.settle(objectKey(job.order.workload), look.record.uid, look.reckoning.wanted);
    }
    this.#finish(job, verdict, null);
  }

  async #write(job: Job, verdict: Extract<Verdict, { do: 'patch' }>): Promise<void> {
    if (!this.#budget.admit(turnOf(job.order), job)) return this.#waits(job.order);
    const outcome = await this.#writer.write(job.order, verdict);
    if (outcome.kind !== 'written') this.#budget.giveBack();
    switch (outcome.kind) {
      case 'written':
        return this.#written(job, outcome.written);
      case 'ended':
        return this.#finish(job, outcome.ending, null);
      case 'later':
        return this.#tryLater(job, outcome.why, outcome.heard);
      case 'again':
        job.tries += 1;
        if (job.tries <= CONFLICTS_AT_ONCE) this.#enqueue(job);
        else this.#tryLater(job, 'others write to the workload all the time');
    }
  }

  #waits({ workload, toRevision: revision }: Order): void {
    const message = `this agent begins at most ${this.options.maxPerMinute} restarts in a minute`;
    this.parts.workbench.setActivity(objectKey(workload), { state: 'Pending', revision, reason: 'RateLimit', message });
  }

  #written(job: Job, written: Written): void {
    const { order } = job;
    const { workbench, clock } = this.parts;
    const key = objectKey(order.workload);
    const pods = podsNow(workbench.look(key), clock.wall());
    workbench.setActivity(key, { state: 'Restarting', revision: order.toRevision, ...pods });
    this.hooks.restarted(order, this.#news.written(order, written));
    this.#tell(job, 'RollingOut', pods.message);
    if (written.isFollowed) this.#follow(job, written);
    else this.#finish(job, { outcome: 'APPLIED', ...unfollowed(written.still) }, written);
  }

  #tryLater(job: Job, why: string, heard?: Heard): void {
    const { clock } = this.parts;
    job.tries += 1;
    const retryMs = backoffMs(job.tries, clock.random(), heard);
    this.hooks.delayed(job.order, why, retryMs);
    clock.after(retryMs, () => this.#enqueue(job));
  }

  /** Whoever orders again may not have heard, such as a hub that was away, or of an earlier life of this agent. */
  #tellUnderWay(job: Pick<Job, 'order' | 'sink'>): void {
    const look = this.parts.workbench.look(objectKey(job.order.workload));
    if (look?.record.stamp !== job.order.toRevision || completionOf(look.record.status).phase !== 'progressing') return;
    this.#tell(job, 'RollingOut', podsNow(look, this.parts.clock.wall()).message);
  }

  /** Not waited for: following takes minutes and none of the turns. */
  #follow(job: Job, written: Written | null): void {
    const look = written?.look ?? this.parts.workbench.look(objectKey(job.order.workload));
    const success = written ? 'APPLIED' : 'ALREADY_APPLIED';
    const ready = (message: string): void => this.#tell(job, 'Available', message);
    const ending = this.#follower.follow(job.order, { fromStamp: look?.record.stamp ?? null, success, ready });
    tellWhilePaused(this.parts, job.order, job.sink, ending);
    void ending.then((ended) => this.#finish(job, ended, written));
  }

  #tell({ order, sink }: Pick<Job, 'order' | 'sink'>, phase: 'RollingOut' | 'Available', message: string): void {
    const { rollout, permit, attempt, workload } = order;
    sink.progress({ rollout, permit, attempt, workload, phase, message });
  }

  #finish({ order, sink }: Job, ending: Ending, written: Written | null): void {
    const { workbench, clock } = this.parts;
    const look = workbench.look(objectKey(order.workload));
    const result: Result = resultOf({
      order,
      ending,
      fromRevision: (written?.reckoning ?? look?.reckoning)?.have ?? null,
      startedAt: written?.startedAt ?? null,
      finishedAt: clock.wall(),
      look,
    });
    this.#orders.finish(order, result);
    this.#showEnd(order, ending);
    if (isFailure(ending.outcome)) this.#news.failed(order, ending, written);
    this.hooks.ended(order, ending);
    sink.result(result);
  }

  /** What is denied here has changed nothing: the workload stands as it did. */
  #showEnd(order: Order, { outcome, reason, message }: Ending): void {
    const { workbench } = this.parts;
    const key = objectKey(order.workload);
    if (outcome === 'LOCALLY_DENIED') return;
    if (isFailure(outcome))
      workbench.setActivity(key, { state: 'Failed', revision: order.toRevision, reason, message });
    else if (isSuccess(outcome)) workbench.setActivity(key, null);
    else workbench.endActivity(key, order.toRevision);
  }
}
