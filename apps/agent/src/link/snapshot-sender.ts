import type { DirtyKeys, Outbox } from './core/outbox';
import type { FactReader } from './fact-reader';
import type { FrameWriter } from './frame-writer';
import type { ToldInventory } from './told-inventory';

type Parts = Readonly<{ inventory: ToldInventory; outbox: Outbox; facts: FactReader; frames: FrameWriter }>;

/** Tells the hub everything. */
export class SnapshotSender {
  #count = 0;

  constructor(private readonly parts: Parts) {}

  /**
   * Facts are read as each frame is written; what changes meanwhile is dirty and follows as a report.
   * @param open false once the connection is gone
   * @returns the frame whose acknowledgement settles the snapshot; null when the connection went
   */
  async send(open: () => boolean): Promise<string | null> {
    const { inventory, outbox, facts, frames } = this.parts;
    const snapshot = `snapshot-${++this.#count}`;
    const inventoryDigest = inventory.digest();
    outbox.startOver(inventoryDigest);
    const sent = { sources: 0, workloads: 0 };
    let left = facts.everything();
    frames.write('snapshotBegin', { snapshot });
    while (left.sources.length + left.workloads.length > 0) {
      const chunk = facts.chunk(left);
      const { sources, workloads } = chunk.facts;
      sent.sources += sources.length;
      sent.workloads += workloads.length;
      left = without(left, chunk.keys);
      await frames.writeThrough('snapshotItems', { snapshot, sources, workloads });
      if (!open()) return null;
    }
    outbox.snapshotSent(frames.nextId);
    return frames.write('snapshotEnd', { snapshot, ...sent, inventoryDigest });
  }
}

/** Chunks are cut from the front. */
const without = (keys: DirtyKeys, sent: DirtyKeys): DirtyKeys => ({
  sources: keys.sources.slice(sent.sources.length),
  workloads: keys.workloads.slice(sent.workloads.length),
});
