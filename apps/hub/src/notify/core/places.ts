/** Deliveries under way by receiver: a receiver that hangs takes up its own places and nobody else's. */
export class Places {
  private readonly taken = new Map<string, number>();

  constructor(private readonly each: number) {}

  /** False: all of the receiver's are taken. */
  take(receiver: string): boolean {
    const taken = this.taken.get(receiver) ?? 0;
    if (taken >= this.each) return false;
    this.taken.set(receiver, taken + 1);
    return true;
  }

  leave(receiver: string): void {
    this.taken.set(receiver, (this.taken.get(receiver) ?? 1) - 1);
  }
}
