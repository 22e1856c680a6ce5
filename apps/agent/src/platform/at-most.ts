/** Carries out pieces of work beside everything else: so many at once at the most, the others wait and come in order. */
export class AtMost<T extends object> {
  readonly #waiting: T[] = [];
  #underWay = 0;

  constructor(
    private readonly most: number,
    private readonly work: (piece: T) => Promise<void>,
  ) {}

  /** Pieces that have not begun. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Begins at once where there is room. */
  add(piece: T): void {
    this.#waiting.push(piece);
    this.#pump();
  }

  /** What has not begun never will; what is under way goes on. */
  clear(): void {
    this.#waiting.length = 0;
  }

  #pump(): void {
    while (this.#underWay < this.most) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#underWay += 1;
      void this.work(next).finally(() => {
        this.#underWay -= 1;
        this.#pump();
      });
    }
  }
}
