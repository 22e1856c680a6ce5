import type { WorkloadRef } from '@app/contracts/objects';
import { regardingOf } from '../kube/core/paths';
import type { KubeEvents } from '../kube/kube.port';
import type { Clock } from '../platform/clock';
import { missingOf } from './core/missing';
import type { Inventory } from './inventory.port';
import type { Workbench } from './workbench.port';

export type MissingSourcesParts = Readonly<{
  inventory: Pick<Inventory, 'onChange'>;
  workbench: Pick<Workbench, 'look'>;
  events: KubeEvents;
  clock: Clock;
  /** Told of each workload once, for the log. */
  told: (workload: WorkloadRef, sources: readonly string[]) => void;
}>;

/** What is applied together comes one after the other: a source may be this much later than its workload, in ms. */
export const GRACE_MS = 5000;

/** `since`: when it was first missing something that was not told, on the clock that never jumps; null: nothing. */
type Known = { readonly uid: string; readonly told: ReadonlySet<string>; since: number | null };

/**
 * Tells of workloads that react to a source which does not exist, once for each source: a name that is misspelt would
 * otherwise be waited for without a word. It holds up nothing, and is told anew only when the source was there meanwhile.
 */
export class MissingSources {
  readonly #known = new Map<string, Known>();
  #isWaiting = false;

  constructor(private readonly parts: MissingSourcesParts) {
    parts.inventory.onChange(({ workloads }) => workloads.forEach((key) => this.#look(key)));
  }

  #look(key: string): void {
    const look = this.parts.workbench.look(key);
    const missing = look ? missingOf(look) : [];
    if (!look || missing.length === 0) return void this.#known.delete(key);
    const { uid } = look.record;
    const before = this.#known.get(key);
    const told = new Set(before?.uid === uid ? missing.filter((source) => before.told.has(source)) : []);
    if (told.size === missing.length) return void this.#known.set(key, { uid, told, since: null });
    this.#known.set(key, { uid, told, since: before?.since ?? this.parts.clock.monotonic() });
    this.#wait();
  }

  #wait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.parts.clock.after(GRACE_MS, () => this.#sweep());
  }

  #sweep(): void {
    this.#isWaiting = false;
    const now = this.parts.clock.monotonic();
    for (const [key, { since }] of this.#known) {
      if (since === null) continue;
      if (now - since >= GRACE_MS) this.#tell(key);
      else this.#wait();
    }
  }

  #tell(key: string): void {
    const look = this.parts.workbench.look(key);
    if (!look) return;
    const { events, told } = this.parts;
    const { ref, uid } = look.record;
    const missing = missingOf(look);
    const news = missing.filter((source) => !this.#known.get(key)?.told.has(source));
    this.#known.set(key, { uid, told: new Set(missing), since: null });
    if (news.length === 0) return;
    told(ref, news);
    events.record({
      regarding: regardingOf(ref, uid),
      // A reference may be optional: then nothing is wrong.
      type: 'Normal',
      reason: 'SourceMissing',
      action: 'Read',
      note: `It reacts to what does not exist: ${news.join(', ')}`,
    });
  }
}
