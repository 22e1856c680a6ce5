const MIB = 1024 * 1024;
/** 5,000 workloads of 200 sources each, with names of 63 characters, are 175 MiB. */
const MOST = 256 * MIB;
const LEAST = 32 * MIB;
/** What was read takes about twice as much as its text, and the store is given another copy. */
const SHARE = 8;

/** Most bytes of one snapshot that a process with this much heap takes in. */
export const snapshotRoom = (heapBytes: number): number =>
  Math.round(Math.min(MOST, Math.max(LEAST, heapBytes / SHARE)));

/** Counts the text of a snapshot as it arrives: until its end all of it is kept. */
export class SnapshotSize {
  #bytes = 0;

  constructor(private readonly most: number) {}

  /** One that begins takes the place of the one before. */
  begin(): void {
    this.#bytes = 0;
  }

  /** @returns why there is no room for that much more; null: there is. */
  add(bytes: number): string | null {
    this.#bytes += bytes;
    if (this.#bytes <= this.most) return null;
    const most = Math.round(this.most / MIB);
    return `the snapshot is larger than ${most} MiB, more than this hub has room for: give the hub more memory`;
  }
}
