/** A queue of groups that take turns; within a group, first come first served. */
export class FairQueue<T> {
  readonly #groups = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(group: string, item: T): void {
    this.#size += 1;
    const items = this.#groups.get(group);
    if (items) items.push(item);
    else this.#groups.set(group, [item]);
  }

  /** The next item; its group goes to the end of the line. */
  take(): T | undefined {
    const next = this.#groups.entries().next();
    if (next.done) return undefined;
    const [group, items] = next.value;
    const item = items.shift();
    this.#groups.delete(group);
    if (items.length > 0) this.#groups.set(group, items);
    this.#size -= 1;
    return item;
  }
}
