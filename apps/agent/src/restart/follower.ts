import { objectKey } from '@app/contracts/objects';
import type { Outcome } from '@app/contracts/wire/agent-messages';
import { pauseLeftMs } from '../inventory/core/pause';
import type { Workbench, WorkloadLook } from '../inventory/workbench.port';
import type { KubeWorkloads } from '../kube/kube.port';
import type { Clock } from '../platform/clock';
import { crashOf } from './core/crash';
import type { Order } from './core/order';
import { type Followed, type Progress, progressOf } from './core/progress';
import { holdMs, steady } from './core/steady';

/** How often deadlines are looked at, in ms. */
const TICK_MS = 500;
/** How often the pods of a workload that is not ready yet are looked at, in ms. */
const PODS_EVERY_MS = 2000;
/** Most pod lists asked for at once. */
const MAX_POD_LISTS = 4;

export type Ending = Readonly<{ outcome: Outcome; reason: string; message: string }>;

type Follow = Followed &
  Readonly<{
    order: Order;
    deadline: number;
    minReadyMs: number;
    resolve: (ending: Ending) => void;
    ready: (message: string) => void;
  }> & { podsAt: number; asking: boolean; readySince: number | null };

/** How a restart that is to be followed began. `ready`: called when it is ready and has to stay so for a while. */
export type Begun = Pick<Followed, 'fromStamp' | 'success'> & Readonly<{ ready: (message: string) => void }>;

/** Watches restarts until their pods run, cannot run, or the deadline passes. */
export class Follower {
  readonly #follows = new Map<string, Set<Follow>>();
  #cancelTick: (() => void) | null = null;
  #asking = 0;

  constructor(
    private readonly workbench: Workbench,
    private readonly kube: KubeWorkloads,
    private readonly clock: Clock,
  ) {
    workbench.onWorkload((key) => this.#look(key));
  }

  get size(): number {
    return this.#follows.size;
  }

  /** Resolves with how the restart ended; never rejects. After `stop` it stays open. */
  follow(order: Order, from: Begun): Promise<Ending> {
    return new Promise((resolve) => {
      const key = objectKey(order.workload);
      const now = this.clock.monotonic();
      const { uid, toRevision } = order;
      const paused = this.workbench.look(key)?.record;
      const pauseMs = (paused && pauseLeftMs(paused, this.clock.wall())) ?? 0;
      const deadline = now + order.progressDeadlineMs + pauseMs;
      const minReadyMs = holdMs(order.workload.kind, order.minReadyMs);
      const begun = { ...from, uid, toRevision, order, deadline, minReadyMs, resolve };
      const follow = { ...begun, podsAt: now + TICK_MS, asking: false, readySince: null };
      this.#follows.set(key, (this.#follows.get(key) ?? new Set()).add(follow));
      this.#look(key);
      this.#schedule();
    });
  }

  stop(): void {
    this.#cancelTick?.();
    this.#follows.clear();
  }

  #schedule(): void {
    if (this.#follows.size === 0) return;
    this.#cancelTick ??= this.clock.after(TICK_MS, () => {
      this.#cancelTick = null;
      for (const key of [...this.#follows.keys()]) this.#tick(key);
      this.#schedule();
    });
  }

  #look(key: string): void {
    const follows = this.#follows.get(key);
    if (!follows) return;
    const look = this.workbench.look(key);
    for (const follow of [...follows]) {
      const progress = this.#progress(follow, look);
      if (progress.ended) this.#end(key, follow, progress);
    }
  }

  /** Where it stands now, in the time that it has to stay ready. */
  #progress(follow: Follow, look: WorkloadLook | undefined): Progress {
    const { minReadyMs, readySince } = follow;
    const options = { minReadyMs, since: readySince, now: this.clock.monotonic() };
    const { progress, since } = steady(progressOf(follow, look), options);
    follow.readySince = since;
    if (readySince === null && since !== null && !progress.ended) follow.ready(progress.message);
    return progress;
  }

  #tick(key: string): void {
    const look = this.workbench.look(key);
    for (const follow of [...(this.#follows.get(key) ?? [])]) {
      const now = this.clock.monotonic();
      const progress = this.#progress(follow, look);
      if (progress.ended) this.#end(key, follow, progress);
      else if (now >= follow.deadline && follow.readySince === null) this.#end(key, follow, timeOut(follow, progress));
      else if (look && now >= follow.podsAt && !follow.asking && this.#asking < MAX_POD_LISTS) {
        void this.#askPods(key, follow, look);
      }
    }
  }

  async #askPods(key: string, follow: Follow, look: WorkloadLook): Promise<void> {
    follow.asking = true;
    this.#asking += 1;
    try {
      const pods = await this.kube.pods(look.record.ref.namespace, look.record.podSelector);
      const crash = crashOf(pods, follow.toRevision);
      if (crash) this.#end(key, follow, { outcome: 'ROLLOUT_FAILED', ...crash });
    } catch {
      // The API server could not be asked: the next tick asks again, and the deadline holds meanwhile.
    } finally {
      this.#asking -= 1;
      follow.asking = false;
      follow.podsAt = this.clock.monotonic() + PODS_EVERY_MS;
    }
  }

  #end(key: string, follow: Follow, { outcome, reason, message }: Ending): void {
    const follows = this.#follows.get(key);
    if (!follows?.delete(follow)) return;
    if (follows.size === 0) this.#follows.delete(key);
    follow.resolve({ outcome, reason, message });
  }
}

function timeOut(follow: Follow, progress: Progress & { ended: false }): Ending {
  const seconds = Math.round(follow.order.progressDeadlineMs / 1000);
  return {
    outcome: 'TIMEOUT',
    reason: 'ProgressDeadline',
    message: `not ready after ${seconds} s: ${progress.message}`,
  };
}
