import type { ClusterWarning } from '@app/contracts/wire/agent-messages';
import { PROTOCOL } from '@app/contracts/wire/envelope';
import { factIn, type SourceFact, type WorkloadFact } from '@app/contracts/wire/facts';
import type { Inventory } from '../inventory/inventory.port';

const NONE: readonly ClusterWarning[] = [];

/** The inventory as the hub of this session is told it: without what its version of the protocol does not have. */
export class ToldInventory {
  #proto: number = PROTOCOL.max;

  constructor(private readonly whole: Inventory) {}

  /** @returns whether a digest that was given before does not hold in this version. */
  speak(proto: number): boolean {
    const before = this.digest();
    this.#proto = proto;
    return this.digest() !== before;
  }

  sources(): Iterable<SourceFact> {
    return this.whole.sources();
  }

  workloads(): Iterable<WorkloadFact> {
    return this.whole.workloads();
  }

  source(key: string): SourceFact | undefined {
    const fact = this.whole.source(key);
    return fact && factIn(fact, this.#proto);
  }

  workload(key: string): WorkloadFact | undefined {
    const fact = this.whole.workload(key);
    return fact && factIn(fact, this.#proto);
  }

  digest(): string {
    return this.whole.digest(this.#proto);
  }

  pendingCount(): number {
    return this.whole.pendingCount();
  }

  warnings(): readonly ClusterWarning[] {
    return this.#proto < 2 ? NONE : this.whole.warnings();
  }
}
