import { objectKey } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { Result } from '@app/contracts/wire/agent-messages';
import type { WhenUnreachable } from '../config/core/unreachable';
import type { Inventory } from '../inventory/inventory.port';
import type { Workbench } from '../inventory/workbench.port';
import type { HubContact, HubLink } from '../link/hub-link.port';
import type { Clock } from '../platform/clock';
import type { RestartService } from '../restart/restart.service';
import { localOrder, wantToAct } from '../standalone/core/local-order';
import { Turns, type TurnsHooks } from '../standalone/turns';
import { isDue } from './core/due';

export type FallbackParts = Readonly<{
  inventory: Inventory;
  workbench: Pick<Workbench, 'look' | 'setActivity' | 'endActivity' | 'onWorkload'>;
  restarts: Pick<RestartService, 'submit'>;
  link: Pick<HubLink, 'result'> & HubContact;
  clock: Clock;
}>;

export type FallbackOptions = Readonly<{
  /** For workloads that do not choose for themselves. */
  whenUnreachable: WhenUnreachable;
  /** A change that is younger may still be followed by more. */
  coalesceMs: number;
  progressDeadlineMs: number;
  /** The agent begins, or ceases, to act by itself. */
  told: (what: 'begins' | 'ends', outOfTouchMs: number) => void;
  order: TurnsHooks;
}>;

/** A change that waits for the hub; `tried`: the revision that was tried without it. */
type Waiting = { since: number; tried: Revision | null };

const TICK_MS = 500;

/**
 * While the hub can not be reached: restarts what its owners do not want to wait with, one workload at a time. What
 * came of it is told to the hub when it is back. A hub that answers, whatever it says, is the one who decides.
 */
export class FallbackService {
  readonly #waiting = new Map<string, Waiting>();
  readonly #turns: Turns;
  #underWay: string | null = null;
  #orders = 0;
  #acts = false;
  #cancelTick: () => void = () => undefined;

  constructor(
    private readonly parts: FallbackParts,
    private readonly options: FallbackOptions,
  ) {
    // Who waits for others is looked at with every tick, which comes soon enough.
    this.#turns = new Turns({ ...parts, hooks: options.order }, () => undefined);
  }

  /** Before the inventory starts, so that no change goes by. */
  async start(): Promise<void> {
    const { inventory, workbench } = this.parts;
    inventory.onChange(({ workloads }) => workloads.forEach((key) => this.#look(key)));
    workbench.onWorkload((key) => this.#turns.news(key));
    await inventory.whenReady();
    this.#tick();
  }

  stop(): void {
    this.#cancelTick();
    this.#waiting.clear();
    this.#turns.releaseAll();
  }

  #look(key: string): void {
    this.#turns.news(key);
    if (wantToAct(this.parts.inventory.workload(key)) === null) this.#forget(key);
    else if (!this.#waiting.has(key)) this.#waiting.set(key, { since: this.parts.clock.monotonic(), tried: null });
  }

  #forget(key: string): void {
    this.#waiting.delete(key);
    this.#turns.release(key);
  }

  #tick(): void {
    this.#cancelTick = this.parts.clock.after(TICK_MS, () => this.#tick());
    const outOfTouchMs = this.parts.link.outOfTouchMs();
    if (outOfTouchMs === 0) return this.#rest();
    if (this.#underWay !== null) return;
    for (const [key, waiting] of this.#waiting) if (this.#begin(key, waiting, outOfTouchMs)) return;
  }

  /** The hub is back: what could not be done without it may be tried again another time. */
  #rest(): void {
    for (const waiting of this.#waiting.values()) waiting.tried = null;
    this.#turns.releaseAll();
    if (this.#acts) this.options.told('ends', 0);
    this.#acts = false;
  }

  #begin(key: string, waiting: Waiting, outOfTouchMs: number): boolean {
    const { inventory, workbench, restarts, clock } = this.parts;
    const fact = inventory.workload(key);
    const want = wantToAct(fact);
    if (!fact || want === null || waiting.tried === want) return false;
    const choice = workbench.look(key)?.record.whenUnreachable ?? this.options.whenUnreachable;
    const pendingMs = clock.monotonic() - waiting.since;
    if (!isDue(choice, { outOfTouchMs, pendingMs, coalesceMs: this.options.coalesceMs })) return false;
    if (!this.#turns.mayGo(fact)) return false;
    waiting.tried = want;
    this.#underWay = key;
    if (!this.#acts) this.options.told('begins', outOfTouchMs);
    this.#acts = true;
    this.#orders += 1;
    const order = localOrder(fact, this.#orders, this.options.progressDeadlineMs);
    restarts.submit(order, () => 0, { progress: () => undefined, result: (result) => this.#ended(result) });
    return true;
  }

  #ended(result: Result): void {
    if (this.#underWay === objectKey(result.workload)) this.#underWay = null;
    this.parts.link.result({ ...result, authority: 'local' });
  }
}
