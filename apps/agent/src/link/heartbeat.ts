import type { ClusterWarning } from '@app/contracts/wire/agent-messages';
import type { FrameWriter } from './frame-writer';
import type { ToldInventory } from './told-inventory';

/** What a session says of itself when it has nothing else to say, and as soon as a person has to be warned. */
export class Heartbeat {
  /** What the hub was told last; it begins with none. */
  #warned: readonly ClusterWarning[] = [];

  constructor(
    private readonly inventory: ToldInventory,
    private readonly frames: FrameWriter,
  ) {}

  beat(): void {
    const { inventory } = this;
    const warnings = inventory.warnings();
    this.#warned = warnings;
    this.frames.write('heartbeat', {
      pending: inventory.pendingCount(),
      inventoryDigest: inventory.digest(),
      ...(warnings.length > 0 && { warnings: [...warnings] }),
    });
  }

  /** Beats if there is something else to warn of than was told last. */
  warn(): void {
    const warnings = this.inventory.warnings();
    if (warnings !== this.#warned && warnings.length + this.#warned.length > 0) this.beat();
  }
}
