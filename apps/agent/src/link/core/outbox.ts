/** A set of object keys of both sorts, in the order in which they became dirty. */
export type DirtyKeys = Readonly<{ sources: readonly string[]; workloads: readonly string[] }>;

/** `digest` is empty while the hub, having stored this batch, would still lack something. */
export type Batch = DirtyKeys & Readonly<{ digest: string }>;

type Entry = Readonly<{ sort: keyof DirtyKeys; key: string }>;

/**
 * Which facts the hub has yet to store. Holds keys, never facts: the fact is read when its frame is written, so the
 * latest one travels and a burst of changes to one object costs one entry.
 *
 * A digest tells the hub "with this you hold everything". It rides only on a frame that makes that true, whichever
 * other frame is lost: nothing else dirty, nothing else under way. Otherwise a cut link could leave the hub with the
 * digest of facts that it never got, and the next session would start without a snapshot.
 */
export class Outbox {
  readonly #dirty = new Map<string, Entry>();
  readonly #underWay = new Map<string, readonly Entry[]>();
  #digest = '';
  #told = '';

  /** Facts changed or went away; `digest` covers them and everything reported before. */
  changed(keys: DirtyKeys, digest: string): void {
    for (const key of keys.sources) this.#mark({ sort: 'sources', key });
    for (const key of keys.workloads) this.#mark({ sort: 'workloads', key });
    this.#digest = digest;
  }

  /** A hello or a snapshot speaks for everything up to now. */
  startOver(digest: string): void {
    this.#dirty.clear();
    this.#underWay.clear();
    this.#digest = digest;
    this.#told = digest;
  }

  /** The hub asked for everything: until `frame` is stored, no digest may be given. */
  snapshotSent(frame: string): void {
    this.#underWay.set(frame, []);
  }

  get unacknowledged(): number {
    return this.#underWay.size;
  }

  /** true: there is something to send, if only the digest of what is stored by now. */
  get hasWork(): boolean {
    return this.#dirty.size > 0 || (this.#underWay.size === 0 && this.#told !== this.#digest);
  }

  /** The keys that would go next, oldest first. */
  next(limit: number): DirtyKeys {
    const sources: string[] = [];
    const workloads: string[] = [];
    for (const { sort, key } of this.#dirty.values()) {
      if (sources.length + workloads.length >= limit) break;
      (sort === 'sources' ? sources : workloads).push(key);
    }
    return { sources, workloads };
  }

  /** `keys` travel in `frame` until it is stored or refused. */
  sent(frame: string, keys: DirtyKeys): Batch {
    const entries: Entry[] = [
      ...keys.sources.map((key) => ({ sort: 'sources' as const, key })),
      ...keys.workloads.map((key) => ({ sort: 'workloads' as const, key })),
    ];
    for (const entry of entries) this.#dirty.delete(idOf(entry));
    const complete = this.#dirty.size === 0 && this.#underWay.size === 0;
    this.#underWay.set(frame, entries);
    this.#told = complete ? this.#digest : '';
    return { ...keys, digest: this.#told };
  }

  /** The hub stored the frame. @returns false when no such frame is under way. */
  stored(frame: string): boolean {
    return this.#underWay.delete(frame);
  }

  /** The hub could not store the frame: its keys go again. @returns false when no such frame is under way. */
  refused(frame: string): boolean {
    const entries = this.#underWay.get(frame);
    if (!entries) return false;
    this.#underWay.delete(frame);
    for (const entry of entries) this.#mark(entry);
    this.#told = '';
    return true;
  }

  #mark(entry: Entry): void {
    this.#dirty.set(idOf(entry), entry);
  }
}

const idOf = ({ sort, key }: Entry): string => `${sort} ${key}`;
