import { objectKey } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import { PODS_BEHIND } from '../inventory/core/fact';
import { InterestIndex } from '../inventory/interest-index';
import type { Inventory } from '../inventory/inventory.port';
import type { Workbench } from '../inventory/workbench.port';
import { type Standing, standingOf } from './core/standing';
import { type Wait, waitOf } from './core/turn';
import { Lines } from './lines';

export type TurnsHooks = Readonly<{
  /** Told once of workloads whose annotations make them wait for each other, which therefore order nothing. */
  circle(workloads: readonly WorkloadFact[]): void;
  /** A workload has to wait from now on, or for another reason than before. */
  waits(workload: WorkloadFact, why: Wait): void;
}>;

export type TurnsParts = Readonly<{
  inventory: Pick<Inventory, 'workload'>;
  workbench: Pick<Workbench, 'look' | 'setActivity' | 'endActivity'>;
  hooks: TurnsHooks;
}>;

/** `noted`: its state says what it waits for. `isNews`: something changed since it was looked at. */
type Held = Readonly<{ want: Revision; reason: string; noted: boolean }> & { isNews: boolean };

/**
 * Keeps the order that `restart-after` asks for while the agent acts by itself. Nothing is remembered but who names and
 * who waits for whom: what changes makes those look again that wait for it, and a workload that names nobody costs
 * nothing. Has to see every change of a workload, from the first one on.
 */
export class Turns {
  readonly #lines = new Lines();
  readonly #held = new Map<string, Held>();
  readonly #waitingFor = new InterestIndex();
  readonly #toldCircles = new Set<string>();

  /** `again`: called for a workload that was kept waiting, when that may be over. */
  constructor(
    private readonly parts: TurnsParts,
    private readonly again: (key: string) => void,
  ) {}

  /** Whether this pending workload may restart now; if not, its state says why, until it is asked about again. */
  mayGo(fact: WorkloadFact): boolean {
    const key = objectKey(fact);
    const held = this.#held.get(key);
    if (held?.want === fact.want && !held.isNews) return false;
    const wait = this.#waitOf(key);
    if (wait === null) this.release(key);
    else this.#hold(key, fact, wait);
    return wait === null;
  }

  /** Takes in whom this workload names now: of all that changed, before any of them is asked about. */
  see(key: string): void {
    this.#lines.put(key, this.parts.inventory.workload(key));
  }

  /** Something about this workload changed, or it is gone. */
  news(key: string): void {
    this.see(key);
    if (this.#held.size === 0) return;
    for (const one of [key, ...this.#waitingFor.of(key, '')]) {
      const held = this.#held.get(one);
      if (!held) continue;
      held.isNews = true;
      this.again(one);
    }
  }

  /** It waits no more: its restart is ordered, or nobody wants it now. */
  release(key: string): void {
    const held = this.#held.get(key);
    if (!held) return;
    this.#held.delete(key);
    this.#waitingFor.delete(key);
    if (held.noted) this.parts.workbench.endActivity(key, held.want);
  }

  releaseAll(): void {
    for (const key of [...this.#held.keys()]) this.release(key);
  }

  #waitOf(key: string): Wait | null {
    const line = this.#lines.of(key);
    if (!line) return null;
    if (line.circle.length > 0) this.#tell(line.circle);
    return waitOf(line, (other) => this.#standing(other));
  }

  #standing(key: string): Standing | undefined {
    const fact = this.parts.inventory.workload(key);
    const record = fact && this.parts.workbench.look(key)?.record;
    return record && standingOf(fact, record);
  }

  /** What a restart of its own is doing, and why it is behind although its sources are not, is not written over. */
  #hold(key: string, fact: WorkloadFact, wait: Wait): void {
    const { reason, message, holding } = wait;
    const revision = fact.want ?? '';
    if (this.#held.get(key)?.reason !== reason) this.parts.hooks.waits(fact, wait);
    const noted = fact.state !== 'Restarting' && fact.reason !== PODS_BEHIND;
    this.#held.set(key, { want: revision, reason, noted, isNews: false });
    this.#waitingFor.set(key, holding, null);
    if (noted) this.parts.workbench.setActivity(key, { state: 'Pending', revision, reason, message });
  }

  #tell(circle: readonly string[]): void {
    const name = circle.join();
    if (this.#toldCircles.has(name)) return;
    this.#toldCircles.add(name);
    this.parts.hooks.circle(circle.flatMap((key) => this.parts.inventory.workload(key) ?? []));
  }
}
