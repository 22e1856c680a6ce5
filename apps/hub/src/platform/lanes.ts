/** Runs what has the same key one after the other, in this process. Keeps replicas' conflicts rare; correctness never rests on it. */
export class Lanes {
  private readonly tails = new Map<string, Promise<unknown>>();
  private readonly waiting = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const result = before.then(work, work);
    const tail = result.catch(() => undefined);
    this.tails.set(key, tail);
    void tail.then(() => {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    });
    return result;
  }

  /** As `run`, for a look at the whole state: one that waits for its turn serves everybody who asks before it begins. */
  shared<T>(key: string, look: () => Promise<T>): Promise<T> {
    const waiting = this.waiting.get(key) as Promise<T> | undefined;
    if (waiting) return waiting;
    const result = this.run(key, () => {
      this.waiting.delete(key);
      return look();
    });
    this.waiting.set(key, result);
    return result;
  }
}
