import type { Revision } from '@app/contracts/revision';
import type { Result } from '@app/contracts/wire/agent-messages';
import { isPending, type WorkloadFact } from '@app/contracts/wire/facts';
import type { Inventory } from '../inventory/inventory.port';
import type { Workbench } from '../inventory/workbench.port';
import type { Clock } from '../platform/clock';
import type { RestartService } from '../restart/restart.service';
import { isSuspended, localOrder, wantToAct } from './core/local-order';
import { refusedRetryMs, waitMs, type WindowOptions } from './core/window';
import { Turns, type TurnsHooks } from './turns';

export type StandaloneParts = Readonly<{
  inventory: Inventory & Pick<Workbench, 'look' | 'setActivity' | 'endActivity' | 'onWorkload'>;
  restarts: Pick<RestartService, 'submit' | 'open'>;
  clock: Clock;
}>;

export type StandaloneOptions = WindowOptions &
  Readonly<{
    progressDeadlineMs: number;
    /** Told of the order of restarts; absent: nobody is. */
    order?: TurnsHooks;
    /** Told once per content of what is pending and suspended; absent: nobody is. */
    suspended?: (workload: WorkloadFact) => void;
  }>;

/** A pending workload: its window is open, it waits for others, or its restart was ordered. */
type Waiting = {
  readonly want: Revision;
  readonly firstChange: number;
  readonly refusals: number;
  /** Takes back the order that is still to come. */
  cancel: () => void;
};

/** Without a hub: what is pending restarts at once, as soon as its changes have settled and those before it have. */
export class StandaloneService {
  readonly #waiting = new Map<string, Waiting>();
  readonly #turns: Turns;
  /** By workload, the content of which it was told that it waits for its owner. */
  readonly #toldSuspended = new Map<string, Revision>();
  #orders = 0;
  #stopped = false;

  constructor(
    private readonly parts: StandaloneParts,
    private readonly options: StandaloneOptions,
  ) {
    const { inventory } = parts;
    const { order: hooks = { circle: () => undefined, waits: () => undefined } } = options;
    this.#turns = new Turns({ inventory, workbench: inventory, hooks }, (key) => this.#order(key));
  }

  /** Before the inventory starts, so that no change goes by. */
  async start(): Promise<void> {
    const { inventory, restarts } = this.parts;
    inventory.onChange(({ workloads }) => {
      for (const key of workloads) this.#turns.see(key);
      for (const key of workloads) this.#look(key);
      for (const key of workloads) this.#turns.news(key);
    });
    inventory.onWorkload((key) => this.#turns.news(key));
    await inventory.whenReady();
    restarts.open();
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
    this.#turns.releaseAll();
  }

  /** A want that did not change keeps its window; a new one opens the window again. */
  #look(key: string): void {
    if (this.#stopped) return;
    const fact = this.parts.inventory.workload(key);
    this.#tellSuspended(key, fact);
    const want = wantToAct(fact);
    const waiting = this.#waiting.get(key);
    if (want === null) {
      waiting?.cancel();
      this.#waiting.delete(key);
      this.#turns.release(key);
    } else if (waiting?.want !== want) {
      this.#turns.release(key);
      const now = this.parts.clock.monotonic();
      const firstChange = waiting?.firstChange ?? now;
      this.#wait(key, { want, firstChange, refusals: 0 }, waitMs(firstChange, now, this.options));
    }
  }

  #tellSuspended(key: string, fact: WorkloadFact | undefined): void {
    if (!fact?.want || !isSuspended(fact)) {
      this.#toldSuspended.delete(key);
    } else if (this.#toldSuspended.get(key) !== fact.want) {
      this.#toldSuspended.set(key, fact.want);
      this.options.suspended?.(fact);
    }
  }

  #wait(key: string, waiting: Omit<Waiting, 'cancel'>, ms: number): void {
    this.#waiting.get(key)?.cancel();
    if (ms === 0) {
      // A timer of 0 ms waits for 1 ms.
      this.#waiting.set(key, { ...waiting, cancel: () => undefined });
      return this.#order(key);
    }
    const cancel = this.parts.clock.after(ms, () => this.#order(key));
    this.#waiting.set(key, { ...waiting, cancel });
  }

  #order(key: string): void {
    const fact = this.parts.inventory.workload(key);
    if (!fact || !isPending(fact) || !this.#turns.mayGo(fact)) return;
    this.#orders += 1;
    const order = localOrder(fact, this.#orders, this.options.progressDeadlineMs);
    const result = (ended: Result): void => this.#ended(key, ended);
    this.parts.restarts.submit(order, () => 0, { progress: () => undefined, result });
  }

  #ended(key: string, { outcome, reason, toRevision }: Result): void {
    if (this.#stopped) return;
    if (outcome === 'ROLLOUT_FAILED' && reason === 'Reverted') return this.#giveUp(key, toRevision);
    const waiting = this.#waiting.get(key);
    if (waiting?.want !== toRevision) return;
    if (outcome === 'PATCH_REJECTED') {
      const refusals = waiting.refusals + 1;
      this.#wait(key, { ...waiting, refusals }, refusedRetryMs(refusals));
      return;
    }
    this.#waiting.delete(key);
    this.#look(key);
  }

  /** Whoever turned a restart back would do so again: it is reported as failed, and waits for other content. */
  #giveUp(key: string, want: Revision): void {
    this.#waiting.get(key)?.cancel();
    const firstChange = this.parts.clock.monotonic();
    this.#waiting.set(key, { want, firstChange, refusals: 0, cancel: () => undefined });
  }
}
