import type { AgentMessageOf } from '@app/contracts/wire/agent-messages';
import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';

type Held = AgentMessageOf<'report'>;

/** What came of a snapshot's end: the whole picture and the reports that waited for it, or why there is none. */
export type Assembled = Readonly<
  | { kind: 'complete'; sources: readonly SourceFact[]; workloads: readonly WorkloadFact[]; inventoryDigest: string }
  | { kind: 'incomplete'; why: string }
> &
  Readonly<{ held: readonly Held[] }>;

/** More than the largest cluster that the protocol provides for; a snapshot beyond it is refused. */
export const MOST_OBJECTS = 200_000;

/**
 * Collects one snapshot. It counts only as a whole: absence in it means deletion, so a picture that lacks a part
 * must change nothing. Reports that arrive meanwhile are newer than what the snapshot says, and wait for its end.
 */
export class SnapshotAssembly {
  #open: { id: string; sources: SourceFact[]; workloads: WorkloadFact[]; held: Held[]; broken: string } | null = null;

  get collecting(): boolean {
    return this.#open !== null;
  }

  /** A snapshot that begins while another is open replaces it; what waited goes on waiting. */
  begin({ body }: AgentMessageOf<'snapshotBegin'>): void {
    this.#open = { id: body.snapshot, sources: [], workloads: [], held: this.#open?.held ?? [], broken: '' };
  }

  items({ body }: AgentMessageOf<'snapshotItems'>): void {
    const open = this.#open;
    if (open?.id !== body.snapshot) return; // its end tells that it never began
    if (open.broken) return;
    if (open.sources.length + open.workloads.length > MOST_OBJECTS) {
      open.broken = `more than ${MOST_OBJECTS} objects`;
      [open.sources, open.workloads] = [[], []];
      return;
    }
    open.sources.push(...body.sources);
    open.workloads.push(...body.workloads);
  }

  /** @returns false when `most` reports wait already: this one is not kept. */
  hold(report: Held, most: number): boolean {
    if (!this.#open || this.#open.held.length >= most) return false;
    this.#open.held.push(report);
    return true;
  }

  end({ body }: AgentMessageOf<'snapshotEnd'>): Assembled {
    const open = this.#open;
    if (open?.id !== body.snapshot) return { kind: 'incomplete', why: 'the snapshot has no beginning', held: [] };
    this.#open = null;
    const { sources, workloads, held, broken } = open;
    if (broken) return { kind: 'incomplete', why: broken, held };
    if (sources.length !== body.sources || workloads.length !== body.workloads) {
      const why = `${body.sources} sources and ${body.workloads} workloads were announced, ${sources.length} and ${workloads.length} arrived`;
      return { kind: 'incomplete', why, held };
    }
    return { kind: 'complete', sources, workloads, inventoryDigest: body.inventoryDigest, held };
  }
}
