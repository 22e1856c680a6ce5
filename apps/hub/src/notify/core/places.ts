type Taken = Readonly<{ taken: number; /** Since a place was left. */ turnedAway: number }>;
const EMPTY: Taken = { taken: 0, turnedAway: 0 };

/** Deliveries under way by receiver: a receiver that hangs takes up its own places and nobody else's. */
export class Places {
  private readonly at = new Map<string, Taken>();

  constructor(private readonly each: number) {}

  /** @returns 0 for a place; else how many have been turned away at this receiver since one was left. */
  take(receiver: string): number {
    const { taken, turnedAway } = this.at.get(receiver) ?? EMPTY;
    const isFree = taken < this.each;
    this.at.set(receiver, isFree ? { taken: taken + 1, turnedAway } : { taken, turnedAway: turnedAway + 1 });
    return isFree ? 0 : turnedAway + 1;
  }

  leave(receiver: string): void {
    const { taken } = this.at.get(receiver) ?? EMPTY;
    this.at.set(receiver, { taken: Math.max(0, taken - 1), turnedAway: 0 });
  }
}
